// Keys as people here write them.
const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

// “Ctrl+Shift+C”, or “⌘⇧C” where keyboards have those keys.
export function held(key) {
  return isMac ? `⌘${key.replace("Shift+", "⇧")}` : `Ctrl+${key}`;
}
