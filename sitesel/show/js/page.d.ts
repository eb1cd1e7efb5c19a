// What the modules find in the page besides the browser: Leaflet, from its own package.

declare const L: any;

interface Window {
  sitesel: any;
}

/** The compiled views of ../views: elements, or lists of them. */
declare const view: Record<string, (data?: any) => any>;
