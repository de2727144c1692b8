// Receives events from the server by `fetch`: unlike an EventSource, it learns why the server refuses, and when a server or a
// network says nothing any more.

// While a query runs, the server says something twice a second.
const SILENCE_MAX = 6_000;

// Calls `receive` with the name and the data of each event; then `lose`, unless it was closed, with the status of a refusal.
// Returns how to close it.
function listen(url, receive, lose) {
  const connection = new AbortController();
  let isClosed = false;
  let silence;
  const hear = () => {
    clearTimeout(silence);
    silence = setTimeout(() => connection.abort(), SILENCE_MAX);
  };
  const close = () => {
    isClosed = true;
    clearTimeout(silence);
    connection.abort();
  };
  const end = (status) => {
    if (!isClosed) {
      close();
      lose(status);
    }
  };
  hear();
  receiveAll(url, connection.signal, hear, (...event) => isClosed || receive(...event)).then(end, () => end());
  return close;
}

// Returns the status of a refusal.
async function receiveAll(url, signal, hear, receive) {
  const response = await fetch(url, { headers: { Accept: "text/event-stream" }, cache: "no-store", signal });
  if (!response.ok) {
    return response.status;
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ""; ; ) {
    const { done, value } = await reader.read();
    if (done) {
      return undefined;
    }
    hear();
    const events = (text + value).split("\n\n");
    text = events.pop();
    for (const lines of events.map((event) => event.split("\n"))) {
      const field = (name) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      if (field("data")) {
        receive(field("event"), JSON.parse(field("data")));
      }
    }
  }
}

