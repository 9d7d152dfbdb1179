-- Work for the interpreter: closures, coroutines, metatables, string buffers, errors, garbage.
-- lua work.lua ROUNDS. Nothing printed depends on addresses, hash order or the clock.
local rounds = tonumber(arg[1]) or 10
local digest = 17

local function mix(value)
    for i = 1, #value, 1 + #value // 64 do
        digest = (digest * 31 + value:byte(i)) % 1000000007
    end
    digest = (digest * 33 + #value) % 1000000007
end

-- A stream of numbers of its own, as a closure over its state.
local function stream(seed)
    local state = seed
    return function(limit)
        state = state * 48271 % 2147483647
        return state % limit + 1
    end
end

-- Closures that share variables, and change them.
local function accounts(n)
    local list, total = {}, 0
    for i = 1, n do
        local balance = i * 10
        list[i] = {
            add = function(x) balance = balance + x; total = total + x end,
            get = function() return balance, total end,
        }
    end
    return list
end

-- A class with operators, inheritance and a default for missing fields.
local Vector = {}
Vector.__index = Vector
Vector.__add = function(a, b) return Vector.new(a.x + b.x, a.y + b.y) end
Vector.__eq = function(a, b) return a.x == b.x and a.y == b.y end
Vector.__lt = function(a, b) return a:norm() < b:norm() end
Vector.__tostring = function(v) return string.format("(%g, %g)", v.x, v.y) end
Vector.__len = function(v) return 2 end
Vector.__call = function(v, k) return Vector.new(v.x * k, v.y * k) end
Vector.__concat = function(a, b) return tostring(a) .. tostring(b) end
function Vector.new(x, y) return setmetatable({ x = x, y = y }, Vector) end
function Vector:norm() return self.x * self.x + self.y * self.y end
local Point = setmetatable({ label = "point" }, { __index = Vector })
Point.__index = Point
Point.__tostring = Vector.__tostring

-- Coroutines: a generator of permutations, and a ring of tasks that yield to one another.
local function permutations(a)
    local function step(n)
        if n == 0 then
            coroutine.yield(table.concat(a, ","))
        end
        for i = 1, n do
            a[n], a[i] = a[i], a[n]
            step(n - 1)
            a[n], a[i] = a[i], a[n]
        end
    end
    return coroutine.wrap(function() step(#a) end)
end
local function ring(tasks, turns)
    local threads, log = {}, {}
    for i = 1, tasks do
        threads[i] = coroutine.create(function(token)
            while true do
                token = coroutine.yield(token * 3 % 1009 + i)
            end
        end)
    end
    local token = 1
    for turn = 1, turns do
        local ok, value = coroutine.resume(threads[turn % tasks + 1], token)
        assert(ok)
        token = value
        log[#log + 1] = token
    end
    return log
end

-- Errors: values, tables and messages with positions; nested protected calls; handlers.
local function faulty(kind, depth)
    if depth > 0 then return faulty(kind, depth - 1) + 1 end
    if kind == 1 then error("plain", 0) end
    if kind == 2 then error({ code = 42 }) end
    if kind == 3 then return nil + 1 end
    if kind == 4 then return ("x"):rep(3):bad() end
    if kind == 5 then error(Vector.new(3, 4)) end
    return 7
end
local function errors(draw)
    for kind = 1, 6 do
        local ok, why = pcall(faulty, kind, draw(20))
        mix(tostring(ok) .. (type(why) == "table" and tostring(why.code) or tostring(why):gsub("^.*:%d+: ", "")))
        local _, handled = xpcall(faulty, function(e)
            local inner = select(2, pcall(error, "again", 0))
            return inner .. type(e)
        end, kind, draw(5))
        mix(tostring(handled))
    end
    local co = coroutine.create(function()
        local ok, why = pcall(function()
            coroutine.yield("inside a protected call")
            error("after the yield", 0)
        end)
        coroutine.yield(tostring(ok) .. why)
        error("the end", 0)
    end)
    for _ = 1, 3 do mix(tostring(select(2, coroutine.resume(co)))) end
    mix(coroutine.status(co))
end

-- Strings: patterns, formats, buffers, sorting.
local function strings(draw)
    local words, buffer = {}, {}
    for i = 1, 300 do
        local letters = {}
        for k = 1, draw(9) do letters[k] = string.char(96 + draw(26)) end
        words[i] = table.concat(letters)
    end
    local text = table.concat(words, " ")
    local count = {}
    for word in text:gmatch("%a+") do count[word] = (count[word] or 0) + 1 end
    local keys = {}
    for key in pairs(count) do keys[#keys + 1] = key end
    table.sort(keys, function(a, b)
        if count[a] ~= count[b] then return count[a] > count[b] end
        return a < b
    end)
    for i, key in ipairs(keys) do
        buffer[#buffer + 1] = ("%-10s|%3d|%5.2f"):format(key, count[key], i / #keys)
    end
    local all = table.concat(buffer, "\n")
    mix((all:gsub("(%a+)%s*|", function(w) return w:upper():reverse() .. ":" end)))
    mix(string.pack("<i4s2d", draw(1000), words[1], draw(100) / 8))
    mix(text:rep(2):sub(100, -100))
end

-- Garbage: trees that live for different times, weak tables, finalisers.
local finalised = 0
local function tree(depth, draw)
    if depth == 0 then return { leaf = draw(100) } end
    return { tree(depth - 1, draw), tree(depth - 1, draw), depth = depth }
end
local function sum(node)
    if node.leaf then return node.leaf end
    return sum(node[1]) + sum(node[2]) + node.depth
end
local kept = {}
local function garbage(round, draw)
    kept[round % 5 + 1] = tree(9, draw)
    local total = 0
    for _, t in pairs(kept) do total = total + sum(t) end
    local weak = setmetatable({}, { __mode = "v" })
    for i = 1, 50 do
        weak[i] = setmetatable({ i }, { __gc = function() finalised = finalised + 1 end })
    end
    if round % 7 == 0 then
        collectgarbage()
        assert(weak[1] == nil)
    end
    mix(tostring(total))
end

for round = 1, rounds do
    local draw = stream(round)
    local list = accounts(50)
    for i = 1, 500 do list[draw(50)].add(draw(100) - 50) end
    mix(("%d %d"):format(list[7].get()))
    local v = Vector.new(0, 0)
    for i = 1, 300 do v = v + Vector.new(draw(9), draw(9))(0.5) end
    local p = setmetatable({ x = 1, y = 2 }, Point)
    mix(v .. tostring(p) .. tostring(v < Vector.new(1e6, 0)) .. tostring(v == v) .. #v .. p.label .. p:norm())
    local n = 0
    for permutation in permutations({ 1, 2, 3, 4, 5, 6 }) do
        n = n + 1
        if n % 97 == 0 then mix(permutation) end
    end
    for _, token in ipairs(ring(20, 400)) do mix(tostring(token)) end
    errors(draw)
    strings(draw)
    garbage(round, draw)
    goto done
    ::done::
    if round % 50 == 0 or round == rounds then
        io.write(("round %d of %d: %d\n"):format(round, rounds, digest))
    end
end
kept = nil
collectgarbage()
print("finalised", finalised, math.type(digest), math.maxinteger // 3 | 5, 7 // -2, 7.5 // 2, 2^53)
