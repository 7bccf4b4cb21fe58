// A headless Chromium, driven through its debugging pipe: no package to install, no port to open.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/// The browser's program, or nothing where there is none.
export function findChromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  for (const folder of (process.env.PATH ?? "").split(delimiter))
    for (const name of names) if (existsSync(join(folder, name))) return join(folder, name);
  return undefined;
}

export class Chromium {
  static async start(program) {
    const profile = mkdtempSync(join(tmpdir(), "callgrade-browser-"));
    const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
      "--disable-background-networking", "--disable-component-update", "--disable-sync", "--mute-audio",
      "--autoplay-policy=no-user-gesture-required", `--user-data-dir=${profile}`, "--remote-debugging-pipe", "about:blank"];
    const child = spawn(program, flags, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"], detached: true });
    const browser = new Chromium(child, profile);
    await browser.call("Browser.getVersion");
    return browser;
  }

  constructor(child, profile) {
    this.child = child;
    this.profile = profile;
    this.next = 1;
    this.waiting = new Map();
    this.listeners = [];
    let rest = "";
    child.stdio[4].setEncoding("utf8");
    child.stdio[4].on("data", (text) => {
      const parts = (rest + text).split("\0");
      rest = parts.pop();
      for (const part of parts) this.hear(JSON.parse(part));
    });
    child.on("error", (error) => { for (const { reject } of this.waiting.values()) reject(error); });
  }

  hear(message) {
    const waiting = this.waiting.get(message.id);
    if (!waiting) {
      for (const listener of this.listeners) listener(message);
      return;
    }
    this.waiting.delete(message.id);
    if (message.error) waiting.reject(new Error(message.error.message));
    else waiting.resolve(message.result);
  }

  call(method, params = {}, sessionId) {
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.child.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + "\0");
    });
  }

  /// Opens an empty tab. It notes every console error and every address asked for.
  async tab() {
    const { targetId } = await this.call("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.call("Target.attachToTarget", { targetId, flatten: true });
    const tab = new Tab(this, sessionId);
    this.listeners.push((message) => { if (message.sessionId === sessionId) tab.hear(message); });
    for (const domain of ["Page", "Runtime", "Log", "Network"]) await tab.call(`${domain}.enable`);
    return tab;
  }

  async close() {
    await this.call("Browser.close").catch(() => {});
    await new Promise((resolve) => { this.child.once("exit", resolve); setTimeout(resolve, 3000); });
    try { process.kill(-this.child.pid, "SIGKILL"); } catch { /* It has ended. */ }
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

class Tab {
  constructor(browser, session) {
    this.browser = browser;
    this.session = session;
    this.errors = [];
    this.requests = [];
    this.loaded = undefined;
  }

  call(method, params) {
    return this.browser.call(method, params, this.session);
  }

  hear({ method, params }) {
    if (method === "Page.loadEventFired") this.loaded?.();
    if (method === "Runtime.exceptionThrown") this.errors.push(params.exceptionDetails.text);
    if (method === "Runtime.consoleAPICalled" && ["error", "warning"].includes(params.type))
      this.errors.push(params.args.map((arg) => arg.value).join(" "));
    if (method === "Log.entryAdded" && ["error", "warning"].includes(params.entry.level)) this.errors.push(params.entry.text);
    if (method === "Network.requestWillBeSent") this.requests.push(params.request.url);
  }

  async open(address) {
    this.errors = [];
    this.requests = [];
    const loaded = new Promise((resolve) => { this.loaded = resolve; });
    await this.call("Page.navigate", { url: "about:blank" });
    await loaded;
    this.requests = [];
    const again = new Promise((resolve) => { this.loaded = resolve; });
    await this.call("Page.navigate", { url: address });
    await again;
  }

  async value(expression) {
    const { result, exceptionDetails } = await this.call("Runtime.evaluate", {
      expression, returnByValue: true, awaitPromise: true, userGesture: true,
    });
    if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
    return result.value;
  }

  size(width, height) {
    return this.call("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: width < 600 });
  }

  media(media, scheme) {
    return this.call("Emulation.setEmulatedMedia", { media, features: [{ name: "prefers-color-scheme", value: scheme }] });
  }

  /// On how many sheets of paper the page is printed.
  async sheets() {
    const { data } = await this.call("Page.printToPDF", { printBackground: true, preferCSSPageSize: true });
    const counts = [...Buffer.from(data, "base64").toString("latin1").matchAll(/\/Type\s*\/Pages[^>]*?\/Count (\d+)|\/Count (\d+)[^>]*?\/Type\s*\/Pages/g)];
    return Math.max(...counts.map((found) => Number(found[1] ?? found[2])));
  }

  async screenshot(file, whole = false) {
    const { data } = await this.call("Page.captureScreenshot", { format: "png", captureBeyondViewport: whole });
    writeFileSync(file, Buffer.from(data, "base64"));
  }
}
