-- tests/clients/lua.lua - an echo client in Lua, with LuaSocket.
-- Run: lua5.4 lua.lua PATH echo|half-close|many
-- Pitfalls: send() and receive() report an error by their second result ("timeout", "closed"), and
-- what they had done by then by their third: bytes are lost if you ignore it. If the backlog is
-- full, connect() succeeds, but the first send() reports "Transport endpoint is not connected".
local socket = require("socket")
local unix = require("socket.unix")
local path, how = arg[1], arg[2]

local function connect()
  local client = assert(unix.stream())
  client:settimeout(10)
  assert(client:connect(path))
  return client
end

local function talk(client, data, half_close)
  local sent, replies, left = 0, {}, half_close and math.huge or #data
  client:settimeout(0)
  while left > 0 do
    local readers, writers = socket.select({client}, sent < #data and {client} or {}, 10)
    assert(#readers + #writers > 0, "timeout")
    if #writers > 0 then
      local last, problem, last_before_error = client:send(data, sent + 1)
      assert(last or problem == "timeout", problem)
      sent = last or last_before_error
      if sent == #data and half_close then client:shutdown("send") end
    end
    if #readers > 0 then
      local part, problem, some = client:receive(math.min(left, 65536))
      assert(part or problem == "timeout" or problem == "closed", problem)
      table.insert(replies, part or some)
      left = problem == "closed" and 0 or left - #(part or some)
    end
  end
  return table.concat(replies)
end

if how == "many" then
  local lines, clients = {}, {}
  for line in io.lines() do table.insert(lines, line .. "\n") end
  for i in ipairs(lines) do clients[i] = connect() end
  for i, line in ipairs(lines) do assert(clients[i]:send(line)) end
  for i in ipairs(lines) do print((assert(clients[i]:receive("*l")))) end
else
  io.write(talk(connect(), io.read("*a"), how == "half-close"))
end
