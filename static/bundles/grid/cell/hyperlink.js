// The link of a cell whose whole text is a web address or an e-mail address, by the same rules as the server's
// (src/web/clip/table/hyperlink.rs). No other cell is a link.
const LENGTH_MAX = 2_000;
const WEB = /^https?:\/\/[\p{L}\p{N}[][^\s\p{Cc}"<>\\^`|]*$/iu;
const MAIL = /^[a-z0-9._+'-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$/i;

export function target(text) {
  if (text.length > LENGTH_MAX) {
    return undefined;
  }
  if (WEB.test(text)) {
    return text;
  }
  return MAIL.test(text) ? `mailto:${text}` : undefined;
}

export function hyperlink(text, address) {
  const link = document.createElement("a");
  link.href = address;
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow";
  link.textContent = text;
  return link;
}
