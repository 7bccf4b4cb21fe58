// Pictures of a report's pages: node screenshots.mjs SITE OUT [WIDTH HEIGHT light|dark PAGE...]
import { resolve, basename } from "node:path";
import { pathToFileURL } from "node:url";
import { Chromium, findChromium } from "./chromium.mjs";

const [site, out, width = "1280", height = "900", scheme = "light", ...pages] = process.argv.slice(2);
const browser = await Chromium.start(findChromium());
const tab = await browser.tab();
await tab.size(Number(width), Number(height));
await tab.media("screen", scheme);
for (const page of pages.length ? pages : ["index.html", "agents.html", "criteria.html", "insights.html"]) {
  await tab.open(new URL(page, pathToFileURL(resolve(site) + "/")).href);
  await tab.screenshot(resolve(out, `${basename(page.split("#")[0], ".html")}-${width}-${scheme}.png`));
}
await browser.close();
