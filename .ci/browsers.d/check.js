// Opens each page in both browsers and checks what .ci/browsers says.
//
//     node check.js SITE SCREENSHOTS [--accept|--no-screenshots]

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";
import { compare } from "./screenshots.js";

const [site, screenshots, how] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const PAGES = ["empty", "counts", "users", "example", "hostile"];
const WIDTHS = [400, 1400];
const SCHEMES = ["light", "dark"];
// A region that scrolls smoothly may continue after it was put back for the screenshot.
const CHROME = ["--no-sandbox", "--disable-gpu", "--font-render-hinting=none", "--disable-smooth-scrolling"];
const BROWSERS = {
  chrome: { executablePath: process.env.CHROMIUM, args: CHROME },
  firefox: { executablePath: process.env.FIREFOX, args: [] },
};

let failures = 0;
function fail(where, what) {
  failures += 1;
  console.error(`${where}: ${what}`);
}

// Firefox has no emulation of the scheme in WebDriver BiDi, so it is started with it.
function launch(browser, scheme) {
  return puppeteer.launch({
    browser,
    headless: true,
    ...BROWSERS[browser],
    extraPrefsFirefox: {
      "layout.css.prefers-color-scheme.content-override": scheme === "dark" ? 0 : 1,
      "app.update.enabled": false,
      "general.smoothScroll": false,
    },
  });
}

// What the page asks for, and what the browser says about it.
function listen(page) {
  const log = { asked: [], said: [] };
  page.on("request", (request) => log.asked.push(request.url()));
  page.on("console", (message) => log.said.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => log.said.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => {
    log.said.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  return log;
}

async function open(browser, name, width, scheme, url) {
  const page = await browser.newPage();
  const log = listen(page);
  await page.setViewport({ width, height: 900 });
  if (name === "chrome") {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  }
  await page.goto(url, { waitUntil: "load" });
  const isDark = await page.evaluate(() => matchMedia("(prefers-color-scheme: dark)").matches);
  return { page, log, isAsWanted: isDark === (scheme === "dark") };
}

// What is applied and reached, seen from inside of the page.
function look() {
  const style = getComputedStyle(document.body);
  const scrollable = [...document.querySelectorAll("*")].filter((element) => {
    const overflow = getComputedStyle(element).overflowX;
    return ["auto", "scroll"].includes(overflow) && element.scrollWidth > element.clientWidth;
  });
  return {
    styled: style.margin === "0px" && style.backgroundColor,
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    scrollable: scrollable.map((element) => element.getAttribute("aria-label")),
    elements: document.querySelectorAll("script, img, iframe, object, embed, link, form, [style], [onerror]").length,
  };
}

// What walking changed.
function undo() {
  document.activeElement.blur();
  for (const region of document.querySelectorAll(".scroll")) region.scrollLeft = 0;
  scrollTo(0, 0);
}

// Every name that Tab leads to; with the arrow keys each region has to scroll.
async function walk(page) {
  const reached = new Set();
  for (let step = 0; step < 20; step += 1) {
    await page.keyboard.press("Tab");
    const name = await page.evaluate(() => document.activeElement.getAttribute("aria-label"));
    if (name === null || reached.has(name)) continue;
    await page.keyboard.press("ArrowRight");
    await page.waitForFunction(() => {
      const region = document.activeElement;
      return region.scrollLeft > 0 || region.scrollWidth <= region.clientWidth;
    }, { timeout: 2000 });
    reached.add(name);
  }
  return reached;
}

// A second visit, since axe adds to the page what its policy does not allow. WebDriver BiDi, which cannot bypass a policy, is not
// bound by one.
async function violations(browser, name, width, scheme, url) {
  const page = await browser.newPage();
  await page.setViewport({ width, height: 900 });
  if (name === "chrome") {
    await page.setBypassCSP(true);
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  }
  await page.goto(url);
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  await page.close();
  return violations.map((found) => `${found.id}: ${found.nodes[0].html} ${found.nodes[0].failureSummary}`);
}

// On paper, of A4 without its margins, there is no dark scheme and nothing to scroll.
async function printed(browser, url) {
  const page = await browser.newPage();
  await page.setViewport({ width: 672, height: 900 });
  await page.emulateMediaType("print");
  await page.goto(url);
  const { styled, overflow, scrollable } = await page.evaluate(look);
  await page.close();
  if (styled !== "rgb(255, 255, 255)") return `the paper is ${styled}`;
  return overflow > 0 || scrollable.length > 0 ? `${overflow} px are beyond the paper, and ${scrollable.length} regions scroll` : null;
}

async function visit(browser, name, width, scheme, file) {
  const url = pathToFileURL(`${site}/${file}.html`).href;
  const where = `${file} in ${name} at ${width} px, ${scheme}`;
  const { page, log, isAsWanted } = await open(browser, name, width, scheme, url);
  const seen = await page.evaluate(look);
  if (!isAsWanted) fail(where, "the browser has another color scheme");
  if (!seen.styled) fail(where, "the policy blocks the style sheet");
  if (seen.elements > 0) fail(where, `${seen.elements} elements that load, run or carry a style`);
  if (seen.overflow > 0) fail(where, `the page scrolls sideways, by ${seen.overflow} px`);
  if (width < 1000 && !seen.scrollable.length && file !== "empty") fail(where, "no region scrolls");
  const reached = await walk(page);
  for (const region of seen.scrollable) {
    if (!reached.has(region)) fail(where, `the keyboard does not reach the region "${region}"`);
  }
  if (file === "example" && how !== "--no-screenshots") {
    await page.evaluate(undo);
    const taken = Buffer.from(await page.screenshot({ fullPage: true }));
    const difference = compare(taken, screenshots, `report-${name}-${width}-${scheme}`, `${site}/shown`, how === "--accept");
    if (difference) fail(where, difference);
  }
  for (const asked of log.asked) if (asked !== url) fail(where, `the page asks for ${asked.slice(0, 80)}`);
  for (const line of log.said) fail(where, `the console says ${line}`);
  await page.close();
  const onPaper = name === "chrome" && width === WIDTHS[0] ? await printed(browser, url) : null;
  if (onPaper) fail(where, `printed, ${onPaper}`);
  for (const violation of await violations(browser, name, width, scheme, url)) fail(where, violation);
}

async function check(name, scheme) {
  const browser = await launch(name, scheme);
  try {
    for (const width of WIDTHS) for (const file of PAGES) await visit(browser, name, width, scheme, file);
  } finally {
    await browser.close();
  }
}

await Promise.all(Object.keys(BROWSERS).map(async (name) => {
  for (const scheme of SCHEMES) await check(name, scheme);
}));
const visits = Object.keys(BROWSERS).length * SCHEMES.length * WIDTHS.length * PAGES.length;
console.log(`${visits} visits, ${failures} failures`);
process.exitCode = failures > 0 ? 1 : 0;
