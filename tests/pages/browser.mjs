// A Chromium of its own, spoken to over a pipe in the DevTools protocol: no port, no library, no profile that stays.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ANSWER_MS_MAX = 120_000;
const STDERR_CHARS_KEPT = 4_000;

const FLAGS = [
  "--headless",
  "--remote-debugging-pipe",
  // As root it can't set up its own sandbox; the pages are ours, and nothing else is opened.
  "--no-sandbox",
  "--disable-gpu",
  // A container's /dev/shm is often 64 MiB, and a renderer that finds it full hangs.
  "--disable-dev-shm-usage",
  "--no-first-run",
  // Without these it looks up its maker's hosts at each start.
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
  "--disable-extensions",
  "--host-resolver-rules=MAP * ~NOTFOUND",
  "--hide-scrollbars",
  "--force-color-profile=srgb",
  "--font-render-hinting=none",
];

export class Browser {
  #child;
  #profile;
  #waiting = new Map();
  #listeners = new Set();
  #next = 1;
  #rest = "";
  #stderr = "";
  #ended;

  static async start(program) {
    const browser = new Browser();
    browser.#start(program);
    browser.version = (await browser.send("Browser.getVersion")).product;
    return browser;
  }

  #start(program) {
    this.#profile = mkdtempSync(join(tmpdir(), "pages-profile-"));
    this.#child = spawn(program, [...FLAGS, `--user-data-dir=${this.#profile}`, "about:blank"], {
      stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"],
      // A group of its own, so that its children end with it.
      detached: true,
    });
    this.#child.stderr.setEncoding("utf8");
    this.#child.stderr.on("data", (text) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_CHARS_KEPT);
    });
    this.#child.stdio[3].on("error", () => {});
    this.#child.stdio[4].setEncoding("utf8");
    this.#child.stdio[4].on("data", (text) => this.#read(text));
    this.#ended = new Promise((resolve) => {
      const end = (why) => {
        const error = new Error(`the browser ended (${why}): ${this.#stderr.trim()}`);
        for (const { reject } of this.#waiting.values()) reject(error);
        this.#waiting.clear();
        resolve();
      };
      this.#child.on("error", (error) => end(error.message));
      this.#child.on("exit", (code, signal) => end(signal ?? `exit code ${code}`));
    });
  }

  #read(text) {
    const messages = (this.#rest + text).split("\0");
    this.#rest = messages.pop();
    for (const message of messages.map((message) => JSON.parse(message))) {
      const waiting = this.#waiting.get(message.id);
      if (waiting === undefined) {
        for (const listener of this.#listeners) listener(message);
        continue;
      }
      this.#waiting.delete(message.id);
      if (message.error) waiting.reject(new Error(`${waiting.method}: ${message.error.message}`));
      else waiting.resolve(message.result);
    }
  }

  send(method, params = {}, sessionId = undefined) {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Error(`${method}: no answer in ${ANSWER_MS_MAX / 1000} s: ${this.#stderr.trim()}`));
      }, ANSWER_MS_MAX);
      const settle = (with_) => (value) => {
        clearTimeout(late);
        with_(value);
      };
      this.#waiting.set(id, { method, resolve: settle(resolve), reject: settle(reject) });
      this.#child.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }

  listen(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async tab() {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const tab = new Tab(this, sessionId);
    for (const domain of ["Page", "Runtime", "Network", "Log"]) await tab.send(`${domain}.enable`);
    return tab;
  }

  async close() {
    const patience = setTimeout(() => this.#kill(), 5_000);
    await this.send("Browser.close").catch(() => {});
    await this.#ended;
    clearTimeout(patience);
    this.#kill();
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }

  #kill() {
    try {
      process.kill(-this.#child.pid, "SIGKILL");
    } catch {
      // The group is gone already.
    }
  }
}

// One tab, which notes what its page asks of the network, and what it is refused.
export class Tab {
  #browser;
  #session;
  #url;
  #loaded = () => {};
  asked = [];

  constructor(browser, session) {
    this.#browser = browser;
    this.#session = session;
    browser.listen(({ method, params, sessionId }) => {
      if (sessionId !== session) return;
      if (method === "Network.requestWillBeSent" && params.request.url !== this.#url) this.asked.push(params.request.url);
      if (method === "Log.entryAdded" && params.entry.source === "security") this.asked.push(params.entry.text);
      if (method === "Page.loadEventFired") this.#loaded();
    });
  }

  send(method, params = {}) {
    return this.#browser.send(method, params, this.#session);
  }

  // Opens a page and waits until it is loaded and painted.
  async open(url) {
    this.#url = url;
    this.asked = [];
    const loaded = new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${url} was not loaded in ${ANSWER_MS_MAX / 1000} s`)), ANSWER_MS_MAX);
      this.#loaded = () => {
        clearTimeout(late);
        resolve();
      };
    });
    const { errorText } = await this.send("Page.navigate", { url });
    if (errorText) throw new Error(`${url}: ${errorText}`);
    await loaded;
    await this.send("Page.captureScreenshot", { format: "jpeg", quality: 1 });
  }

  // Runs a function of ours in the page, whose rule against scripts does not bind the tools.
  async run(call, ...args) {
    const expression = `(${call})(...${JSON.stringify(args)})`;
    const answer = await this.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (answer.exceptionDetails) {
      const { exception, text } = answer.exceptionDetails;
      throw new Error(exception?.description ?? text);
    }
    return answer.result.value;
  }

  async view({ width, height, phone = false, scheme = "light", media = "screen" }) {
    await this.send("Emulation.setDeviceMetricsOverride", { width, height, mobile: phone, deviceScaleFactor: 1 });
    await this.send("Emulation.setEmulatedMedia", {
      media,
      features: [{ name: "prefers-color-scheme", value: scheme }],
    });
  }

  async picture(heightMax) {
    const { cssContentSize } = await this.send("Page.getLayoutMetrics");
    const clip = { x: 0, y: 0, width: cssContentSize.width, height: Math.min(cssContentSize.height, heightMax), scale: 1 };
    const { data } = await this.send("Page.captureScreenshot", { format: "png", captureBeyondViewport: true, clip });
    return Buffer.from(data, "base64");
  }

  // The page on paper of this size in inches, as `indelible report --format pdf` prints it.
  async paper({ width, height }) {
    const { data } = await this.send("Page.printToPDF", { paperWidth: width, paperHeight: height, printBackground: true });
    return Buffer.from(data, "base64");
  }
}
