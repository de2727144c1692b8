// How long ago the rows were checked, while the page stays open: in the words of the server (web/time.rs).
const EVERY = 20_000;

export function keepAges() {
  setInterval(() => {
    for (const time of document.querySelectorAll(":is(#facts, #age) time[title]")) {
      time.textContent = ago(Date.now() - Date.parse(time.dateTime)) ?? time.textContent;
    }
  }, EVERY);
}

function ago(milliseconds) {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 1) {
    return "just now";
  }
  if (minutes < 60) {
    return count(minutes, "minute");
  }
  if (minutes < 1_440) {
    return count(Math.floor(minutes / 60), "hour");
  }
  if (minutes < 43_200) {
    return count(Math.floor(minutes / 1_440), "day");
  }
}

const count = (number, unit) => `${number} ${unit}${number === 1 ? "" : "s"} ago`;
