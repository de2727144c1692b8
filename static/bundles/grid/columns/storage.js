// What this browser remembers of a clip's table. Without storage it lasts as long as the page.

export function remembered(key) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? {};
  } catch {
    return {};
  }
}

// Forgets it if the value is undefined.
export function remember(key, value) {
  try {
    if (value === undefined) {
      localStorage.removeItem(key);
    } else {
      localStorage.setItem(key, JSON.stringify(value));
    }
  } catch {
    // There is no storage, or it is full.
  }
}
