-- Table sort, by value and by comparison function.
local seed = 42
local function random()
  seed = (seed * 1103515245 + 12345) % 2147483648
  return seed
end
local values = {}
for i = 1, 300000 do values[i] = random() end
local copy = table.move(values, 1, #values, 1, {})
table.sort(values)
table.sort(copy, function(a, b) return a % 1000 > b % 1000 or (a % 1000 == b % 1000 and a < b) end)
local check = 0
for i = 1, #values do check = (check * 31 + values[i] + copy[i]) % 1000000007 end
print(values[1], values[#values], copy[1], copy[#copy], check)
