-- Spectral norm of an infinite matrix, cut off: nested loops, division, closures.
local n = 440
local function a(i, j)
  local ij = i + j - 1
  return 1.0 / (ij * (ij - 1) * 0.5 + i)
end

local function multiply(x, transposed)
  local y = {}
  for i = 1, n do
    local sum = 0.0
    for j = 1, n do sum = sum + (transposed and a(j, i) or a(i, j)) * x[j] end
    y[i] = sum
  end
  return y
end

local u, v = {}, nil
for i = 1, n do u[i] = 1.0 end
for _ = 1, 10 do
  v = multiply(multiply(u, false), true)
  u = multiply(multiply(v, false), true)
end
local vbv, vv = 0.0, 0.0
for i = 1, n do vbv, vv = vbv + u[i] * v[i], vv + v[i] * v[i] end
print(string.format("%.9f", math.sqrt(vbv / vv)))
