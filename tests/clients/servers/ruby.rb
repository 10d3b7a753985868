# tests/clients/servers/ruby.rb - an echo server in Ruby, a thread for each client.
# Run: ruby ruby.rb PATH
require "socket"

Socket.unix_server_loop(ARGV[0]) do |client, _|
  Thread.new do
    IO.copy_stream(client, client)
    client.close
  end
end
