-- Floating point and table fields: planets around a sun, leapfrog steps.
local bodies = {}
for i = 1, 5 do
  bodies[i] = {
    x = math.cos(i) * i * 4, y = math.sin(i) * i * 4, z = (i - 3) * 0.2,
    vx = -math.sin(i) / math.sqrt(i), vy = math.cos(i) / math.sqrt(i), vz = 0.01 * i,
    mass = i == 1 and 39.5 or 0.03 / i,
  }
end

local function step(dt)
  for i = 1, #bodies do
    local a = bodies[i]
    for j = i + 1, #bodies do
      local b = bodies[j]
      local dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
      local d2 = dx * dx + dy * dy + dz * dz + 1e-3
      local mag = dt / (d2 * math.sqrt(d2))
      a.vx, a.vy, a.vz = a.vx - dx * b.mass * mag, a.vy - dy * b.mass * mag, a.vz - dz * b.mass * mag
      b.vx, b.vy, b.vz = b.vx + dx * a.mass * mag, b.vy + dy * a.mass * mag, b.vz + dz * a.mass * mag
    end
  end
  for _, b in ipairs(bodies) do
    b.x, b.y, b.z = b.x + dt * b.vx, b.y + dt * b.vy, b.z + dt * b.vz
  end
end

for _ = 1, 200000 do step(0.001) end
for _, b in ipairs(bodies) do print(string.format("%.6f %.6f %.6f", b.x, b.y, b.z)) end
