#!/bin/sh
# Makes the picture in README.md, docs/clip.png: the page of a sample clip on a fresh server, 1280 pixels wide, light.
# Needs what the browser tests need: see .ci/setup.
set -eu
cd "$(dirname "$0")/.."

browser=""
for name in chromium google-chrome google-chrome-stable chrome chromium-browser; do
  if command -v "$name" >/dev/null 2>&1; then
    browser=$name
    break
  fi
done
if [ -z "$browser" ]; then
  echo "picture: Chromium is missing. make test installs it on Debian; elsewhere install it and put it on the PATH." >&2
  exit 1
fi

cargo build --release --quiet

directory=$(mktemp -d)
server=""
tidy() {
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$directory"
}
trap tidy EXIT
trap 'exit 1' HUP INT TERM
# The private PostgreSQL may run as another user, who has to reach it.
chmod 755 "$directory"

env -u DATABASE_URL -u PORT DATACLIPS_LISTEN=127.0.0.1:0 DATACLIPS_DATA_DIR="$directory/data" DATACLIPS_LOG=warn \
  target/release/dataclips serve >"$directory/greeting" &
server=$!

# The first clip is the one that the README shows.
link=""
while [ -z "$link" ]; do
  kill -0 "$server" 2>/dev/null || { echo "picture: the server ended before it printed the addresses of its sample clips." >&2; exit 1; }
  sleep 0.2
  link=$(sed -n 's/^Dataclips is at //p' "$directory/greeting")
done
path=$(DATACLIPS_DATA_DIR="$directory/data" env -u DATABASE_URL target/release/dataclips welcome | sed -n 's/^Sample clip .*\///p' | head -n 1)
link="$link/$path"

# Chromium's sandbox refuses to run as root.
sandbox=""
[ "$(id -u)" != 0 ] || sandbox=--no-sandbox
# shellcheck disable=SC2086
"$browser" --headless=new $sandbox --disable-gpu --disable-dev-shm-usage --hide-scrollbars \
  --user-data-dir="$directory/profile" --window-size=1280,720 \
  --blink-settings=preferredColorScheme=1 --screenshot="$PWD/docs/clip.png" "$link" 2>"$directory/log" ||
  { cat "$directory/log" >&2; exit 1; }
echo "docs/clip.png shows $link"
