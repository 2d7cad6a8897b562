import assert from "node:assert/strict";
import { it } from "node:test";
import { hasBrowser } from "./open-browser.js";

it("a browser is opened for a person at a screen alone", () => {
  for (const [platform, environment, isTerminal, expected] of [
    ["linux", { DISPLAY: ":0" }, true, true],
    ["linux", { WAYLAND_DISPLAY: "wayland-0" }, true, true],
    ["linux", { WSL_DISTRO_NAME: "Debian" }, true, true],
    ["linux", {}, true, false],
    ["linux", { DISPLAY: "" }, true, false],
    ["linux", { DISPLAY: ":0" }, false, false],
    ["linux", { DISPLAY: ":0", CI: "true" }, true, false],
    ["darwin", {}, true, true],
    ["darwin", { SSH_CONNECTION: "10.0.0.1 5 10.0.0.2 22" }, true, false],
    ["darwin", { CI: "1" }, true, false],
    ["win32", {}, true, true],
    ["win32", {}, false, false],
  ] as const) {
    const surroundings = { platform, environment, isTerminal };
    assert.equal(hasBrowser(surroundings), expected, JSON.stringify(surroundings));
  }
});
