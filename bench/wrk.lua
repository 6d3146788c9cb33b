-- wrk asks for users, widgets or identities with ids that every run draws alike.
-- Arguments after "--": kind (users|widget|key|cookie), ids per request, highest id, credential of the Authorization header; of kind cookie a file with one cookie a line.

local requests, at = {}, 0

function init(args)
    local kind, per, highest, credential = args[1], tonumber(args[2]), tonumber(args[3]), args[4]
    math.randomseed(20260101)
    -- All requests are made before the clock runs: the generator shares the cores with what it measures.
    local count = math.max(200, math.min(20000, math.floor(200000 / per)))
    if kind == "cookie" then
        for cookie in io.lines(credential) do
            requests[#requests + 1] = wrk.format("GET", wrk.path, { ["Cookie"] = cookie, ["Sec-Fetch-Site"] = "same-origin", ["Host"] = wrk.host .. ":" .. wrk.port })
        end
        return
    end
    local headers = { ["Authorization"] = credential, ["Host"] = wrk.host .. ":" .. wrk.port }
    for i = 1, count do
        local ids, seen = {}, {}
        while #ids < per do
            local id = math.random(1, highest)
            if not seen[id] then
                seen[id] = true
                ids[#ids + 1] = id
            end
        end
        local path = wrk.path .. "?user_ids=" .. table.concat(ids, ",")
        if kind == "widget" then
            path = wrk.path .. "?mode=inline&user_id=" .. ids[1]
        end
        if kind == "key" then
            path = wrk.path .. "?user_id=" .. ids[1]
        end
        requests[i] = wrk.format("GET", path, headers)
    end
end

function request()
    at = at % #requests + 1
    return requests[at]
end

function done(summary, latency)
    local e = summary.errors
    io.write(string.format("result %d %d %.0f %.0f %d %d\n", summary.requests, summary.duration,
        latency:percentile(50), latency:percentile(99), e.status, e.connect + e.read + e.write + e.timeout))
end
