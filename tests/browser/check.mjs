// Looks at a report the way its readers do: node check.mjs SITE SITE_ZH
// SITE holds a hostile call and agent (see src/report/sample.rs). Ends with 0 when all is well, 77 without a browser.
import { readdirSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Chromium, findChromium } from "./chromium.mjs";

const program = findChromium();
if (!program) {
  console.log("skipped: no Chromium in PATH (set CHROMIUM to its program)");
  process.exit(77);
}
const failures = [];
let checks = 0;
function check(claim, holds, detail = "") {
  checks += 1;
  if (!holds) failures.push(`${claim}${detail ? `: ${detail}` : ""}`);
}
function pagesOf(site) {
  const pages = [];
  (function walk(folder) {
    for (const name of readdirSync(folder).sort()) {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) walk(path);
      else if (name.endsWith(".html")) pages.push(path);
    }
  })(resolve(site));
  return pages;
}

const [site, siteZh] = process.argv.slice(2).map((path) => resolve(path));
const browser = await Chromium.start(program);
try {
  const tab = await browser.tab();

  // Every page loads by itself: no error, no address asked for but its own, nothing hostile ran.
  for (const folder of [site, siteZh]) {
    for (const page of pagesOf(folder)) {
      const address = pathToFileURL(page).href;
      const name = relative(folder, page);
      await tab.open(address);
      check(`${name} has no console error`, tab.errors.length === 0, tab.errors.join("; "));
      const others = tab.requests.filter((url) => url.split("#")[0] !== address && !url.startsWith("data:"));
      check(`${name} loads nothing else`, others.length === 0, others.join(" "));
      check(`${name} runs nothing hostile`, (await tab.value("window.hacked")) === undefined);
      check(`${name} has a heading`, await tab.value("document.querySelector('h1').textContent.trim().length > 0"));
    }
  }

  // A hostile name is shown as text.
  const day = pathToFileURL(join(site, "calls.html")).href;
  await tab.open(day);
  check("the hostile call is listed as text", await tab.value("document.body.textContent.includes('<script>window.hacked=1</script>')"));

  // Filters narrow the table, and the count says so.
  await tab.open(pathToFileURL(join(site, "index.html")).href);
  const shown = "[...document.querySelectorAll('[data-rows] tbody tr')].filter((row) => !row.hidden).length";
  const before = await tab.value(shown);
  const filters = await tab.value("document.querySelectorAll('[data-filters] select').length");
  check("the queue has filters", filters >= 4, String(filters));
  for (let index = 0; index < filters; index += 1) {
    const result = await tab.value(`(() => {
      const select = document.querySelectorAll('[data-filters] select')[${index}];
      const token = select.options[1].value;
      select.value = token;
      select.dispatchEvent(new Event('change', { bubbles: true }));
      const rows = [...document.querySelectorAll('[data-rows] tbody tr')].filter((row) => !row.hidden);
      const right = rows.every((row) => row.dataset.is.split(' ').includes(token));
      const count = document.querySelector('[data-count]').textContent;
      select.value = '';
      select.dispatchEvent(new Event('change', { bubbles: true }));
      return { shown: rows.length, right, count };
    })()`);
    check(`filter ${index} keeps only its calls`, result.right && result.shown <= before && result.count.includes(String(result.shown)),
      JSON.stringify(result));
  }
  check("without filters all are back", (await tab.value(shown)) === before);

  // What is typed narrows as well, and one button takes all of it back.
  const found = await tab.value(`(async () => {
    const rows = () => [...document.querySelectorAll('[data-rows] tbody tr')].filter((row) => !row.hidden);
    const name = rows()[rows().length - 1].cells[0].textContent;
    const field = document.querySelector('[data-find]'), clear = document.querySelector('[data-clear]');
    const hidden = clear.hidden;
    field.value = name.toUpperCase();
    field.dispatchEvent(new Event('input', { bubbles: true }));
    const fit = rows().map((row) => row.cells[0].textContent);
    const offered = !clear.hidden;
    clear.click();
    await new Promise((done) => setTimeout(done, 20));
    return { right: fit.length > 0 && fit.every((one) => one.includes(name)), hidden, offered, back: rows().length, gone: clear.hidden };
  })()`);
  check("typing finds a call", found.right, JSON.stringify(found));
  check("clear shows when there is something to clear", found.hidden && found.offered && found.gone && found.back === before,
    JSON.stringify(found));

  // A click on a head sorts.
  const sorted = await tab.value(`(() => {
    const head = [...document.querySelectorAll('th[data-sort=number]')][1];
    head.click();
    const scores = [...document.querySelectorAll('[data-rows] tbody tr')].map((row) => parseFloat(row.cells[head.cellIndex].textContent));
    return scores.every((score, index) => index === 0 || Number.isNaN(score) || scores[index - 1] >= score);
  })()`);
  check("a click on a head sorts", sorted);
  const keyed = await tab.value(`(() => {
    const head = document.querySelector('th[data-sort=text]');
    head.focus();
    head.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
    const names = [...document.querySelectorAll('[data-rows] tbody tr')].map((row) => row.cells[0].textContent.trim());
    return document.activeElement === head && names.every((name, index) => index === 0 || names[index - 1].localeCompare(name) <= 0);
  })()`);
  check("a key on a head sorts", keyed);

  // Findings, turns and addresses seek.
  const calls = pagesOf(join(site, "calls"));
  let sought = false;
  for (const page of calls.slice(0, 8)) {
    await tab.open(pathToFileURL(page).href);
    if (!(await tab.value("!!document.querySelector('audio') && !!document.querySelector('.seek')"))) continue;
    for (const place of [".seek", ".timeline a[data-at]", ".turn[data-at]"]) {
      const result = await tab.value(`(async () => {
        const places = document.querySelectorAll(${JSON.stringify(place)});
        const target = places[places.length - 1];
        const audio = document.querySelector('audio');
        target.dispatchEvent(new MouseEvent('click', { bubbles: true }));
        for (let wait = 0; wait < 100 && audio.readyState === 0; wait += 1) await new Promise((done) => setTimeout(done, 50));
        await new Promise((done) => setTimeout(done, 200));
        const at = audio.currentTime;
        audio.pause();
        return { wanted: parseFloat(target.dataset.at), at, line: parseFloat(document.querySelector('.playhead').getAttribute('x1')) };
      })()`);
      check(`a click on ${place} seeks`, Math.abs(result.at - result.wanted) < 2 && result.line >= 0, JSON.stringify(result));
    }
    const time = await tab.value("parseFloat(document.querySelector('.turn[data-at]').dataset.at) + 0.2");
    await tab.open(`${pathToFileURL(page).href}#t=${time.toFixed(1)}`);
    check("an address with a time marks its turn", await tab.value("document.querySelectorAll('.turn.now').length >= 1"));
    // The player stays in sight, and the transcript follows in its own frame.
    await tab.size(1280, 500);
    const followed = await tab.value(`(async () => {
      const place = [...document.querySelectorAll('.seek')].pop();
      place.scrollIntoView();
      place.click();
      document.querySelector('audio').pause();
      await new Promise((done) => setTimeout(done, 100));
      const at = parseFloat(place.dataset.at);
      const turn = [...document.querySelectorAll('.turn')].filter((one) => parseFloat(one.dataset.to) > at)[0].getBoundingClientRect();
      const bar = document.querySelector('audio').getBoundingClientRect();
      return { top: turn.top, bottom: turn.bottom, bar: bar.top, height: innerHeight };
    })()`);
    check("the player stays in sight", followed.bar >= 0 && followed.bar < followed.height, JSON.stringify(followed));
    check("the transcript follows", followed.top >= 0 && followed.bottom <= followed.height, JSON.stringify(followed));
    await tab.size(1280, 900);
    // What a browser cannot play says what to do.
    const said = await tab.value(`(async () => {
      const audio = document.querySelector('audio'), note = document.querySelector('[data-unplayable]');
      const before = note.hidden;
      audio.dispatchEvent(new Event('error'));
      return before && !note.hidden && note.textContent.includes('--with-audio');
    })()`);
    check("a recording that cannot be played says so", said);
    sought = true;
    break;
  }
  check("some call could be played", sought);

  // Both languages.
  for (const [folder, language] of [[site, "en"], [siteZh, "zh-CN"]]) {
    await tab.open(pathToFileURL(join(folder, "index.html")).href);
    check(`the report in ${language} says so`, (await tab.value("document.documentElement.lang")) === language);
  }

  // The scorecard of an agent is a form of one sheet.
  for (const folder of [site, siteZh]) {
    for (const page of pagesOf(join(folder, "agents"))) {
      await tab.media("print", "light");
      await tab.open(pathToFileURL(page).href);
      const sheets = await tab.sheets();
      check(`${relative(folder, page)} fits on one sheet`, sheets === 1, String(sheets));
    }
  }
  await tab.media("screen", "light");

  // Both themes, both widths, and paper: readable colours, nothing wider than the window.
  const some = ["index.html", "agents.html", "criteria.html", "insights.html", relative(site, pagesOf(join(site, "agents"))[0]),
    relative(site, calls[0]), relative(site, pagesOf(join(site, "criteria"))[0])];
  const light = `(() => {
    const value = (color) => color.match(/[0-9.]+/g).slice(0, 3).map(Number);
    const luminance = (color) => value(color).map((part) => part / 255)
      .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
      .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
    const style = getComputedStyle(document.body);
    const [ink, paper] = [luminance(style.color), luminance(style.backgroundColor)];
    return { paper, contrast: (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05) };
  })()`;
  for (const page of some) {
    const address = pathToFileURL(join(site, page)).href;
    for (const width of [1280, 390]) {
      await tab.size(width, 900);
      for (const scheme of ["light", "dark"]) {
        await tab.media("screen", scheme);
        await tab.open(address);
        const { paper, contrast } = await tab.value(light);
        check(`${page} is ${scheme}`, scheme === "dark" ? paper < 0.2 : paper > 0.8, String(paper));
        check(`${page} can be read (${scheme})`, contrast >= 7, String(contrast));
      }
      const wide = await tab.value("document.documentElement.scrollWidth");
      check(`${page} fits into ${width}`, wide <= width, String(wide));
    }
    await tab.media("print", "dark");
    await tab.open(address);
    const printed = await tab.value(light);
    check(`${page} is printed on white`, printed.paper > 0.95 && printed.contrast >= 7, JSON.stringify(printed));
    check(`${page} prints no controls`, await tab.value(
      "[...document.querySelectorAll('nav, .filters, audio')].every((part) => getComputedStyle(part).display === 'none')"));
  }
} finally {
  await browser.close();
}
for (const failure of failures) console.log(`FAILED ${failure}`);
console.log(`${checks - failures.length} of ${checks} checks hold (${relative(process.cwd(), fileURLToPath(import.meta.url))})`);
process.exit(failures.length ? 1 : 0);
