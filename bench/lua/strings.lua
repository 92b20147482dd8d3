-- Building, searching and counting strings: allocation, hashing, patterns, the garbage collector.
local words = {}
for i = 1, 600000 do
  words[#words + 1] = string.format("w%x", (i * 2654435761) % 9973)
end
local text = table.concat(words, " ")
local counts, distinct = {}, 0
for word in text:gmatch("%w+") do
  if not counts[word] then distinct = distinct + 1 end
  counts[word] = (counts[word] or 0) + 1
end
local keys = {}
for key in pairs(counts) do keys[#keys + 1] = key end
table.sort(keys)
local line = ""
for i = 1, 12000 do line = line .. keys[i % #keys + 1]:upper():sub(1, 3) end
local replaced, n = text:gsub("w(%x)(%x)", "%2%1")
print(#text, distinct, keys[1], keys[#keys], counts[keys[1]], #line, #replaced, n)
print(line:sub(1, 40), replaced:reverse():sub(1, 40))
