/** Runs receiver.py on a free port. */
export const pythonDriver = `
from http.server import ThreadingHTTPServer
import receiver

server = ThreadingHTTPServer(("127.0.0.1", 0), receiver.Receiver)
print("port", server.server_port, flush=True)
server.serve_forever()
`;

/** Runs a config.ru on a free port as a Rack server does, as far as its app can tell. */
export const rubyDriver = `
require 'socket'
require 'stringio'

def run(app)
  $app = app
end

load ARGV.fetch(0)

server = TCPServer.new('127.0.0.1', 0)
$stdout.sync = true
puts "port #{server.addr[1]}"
loop do
  client = server.accept
  next client.close unless client.gets("\\r\\n")

  env = {}
  while (line = client.gets("\\r\\n").to_s.chomp) != ''
    name, value = line.split(/: */, 2)
    env["HTTP_#{name.upcase.tr('-', '_')}"] = value.to_s.b
  end
  env['rack.input'] = StringIO.new(client.read(env['HTTP_CONTENT_LENGTH'].to_i).b)
  status, = $app.call(env)
  client.write("HTTP/1.1 #{status} Status\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n")
  client.close
end
`;
