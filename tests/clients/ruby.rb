# tests/clients/ruby.rb - an echo client in Ruby.
# Run: ruby ruby.rb PATH echo|half-close|many
# Pitfalls: if the backlog is full, UNIXSocket.new succeeds, but the first write raises
# Errno::ENOTCONN ("Transport endpoint is not connected"). read(n) waits for n bytes, readpartial(n)
# for at least one. close_write half closes, close ends both directions.
require "socket"
require "timeout"

def talk(client, data, half_close)
  sender = Thread.new do
    client.write(data)
    client.close_write if half_close
  end
  reply = half_close ? client.read : client.read(data.bytesize)
  sender.join
  client.close
  reply
end

path, how = ARGV
data = $stdin.binmode.read
$stdout.binmode
Timeout.timeout(10) do
  if how == "many"
    lines = data.lines
    clients = lines.map { UNIXSocket.new(path) }
    clients.zip(lines) { |client, line| client.write(line) }
    clients.each { |client| print client.gets }
  else
    print talk(UNIXSocket.new(path), data, how == "half-close")
  end
end
