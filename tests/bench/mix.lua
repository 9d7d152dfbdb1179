-- mix.lua N: tables, strings and closures, N at most, that live, die and are made anew in no order: for measuring
-- the allocator.
local n = tonumber(arg[1]) or 60000
local seed, keep = 1998, {}
local function draw(k) seed = (seed * 1103515245 + 12345) % 2147483648; return (seed // 256) % k + 1 end
local sum = 0
for i = 1, 8 * n do
    local at, kind = draw(n), draw(4)
    if kind == 1 then keep[at] = {i, i + 1, name = "n" .. i}
    elseif kind == 2 then keep[at] = string.rep("x", draw(90)) .. i
    elseif kind == 3 then keep[at] = function() return i end
    else keep[at] = nil end
end
for i = 1, n do
    local v = keep[i]
    if type(v) == "table" then sum = sum + v[1] elseif type(v) == "string" then sum = sum + #v
    elseif type(v) == "function" then sum = sum + v() end
end
print(sum)
