-- For wrk: each thread requests the next of the paths after "--", or the URL if there are none. Prints one line of numbers at the end.

local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(paths)
  if #paths > 0 then
    wrk.path = paths[number % #paths + 1]
  end
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.timeout + errors.status
  io.write(string.format("numbers %d %d %d %f %d\n",
    summary.requests, summary.bytes, summary.duration, latency:percentile(99), failed))
end
