# Ruby's UDPSocket, Socket and Addrinfo, an observation a line. Arguments: HOST PORT of two IPv4 peers and an IPv6 one.
require 'socket'

$stdout.sync = true
HOST_A, PORT_A, HOST_B, PORT_B, HOST_6, PORT_6 = ARGV
NAMES = { [HOST_A, PORT_A] => 'A', [HOST_B, PORT_B] => 'B', [HOST_6, PORT_6] => 'SIX', ["::ffff:#{HOST_A}", PORT_A] => 'mapped A' }.freeze

def observe(name)
  outcome = begin
    yield
  rescue SystemCallError, IOError, ArgumentError, SocketError => e
    e.class.name
  end
  puts "#{name}: #{outcome.inspect}"
end

def named(host, port)
  NAMES[[host, port.to_s]] || host
end

def received((payload, from))
  source = from.is_a?(Addrinfo) ? named(from.ip_address, from.ip_port) : named(from[3], from[1])
  "#{payload.size} #{payload[0, 30]} from #{source}"
end

udp = UDPSocket.new
observe('sendto') { udp.send('free', 0, HOST_A, PORT_A) }
observe('recvfrom') { received(udp.recvfrom(100)) }
observe('send addrinfo') { udp.send('addressed', 0, Addrinfo.udp(HOST_B, PORT_B)) }
observe('recvmsg') { received(udp.recvmsg) }
observe('sendmsg') { udp.sendmsg('a message', 0, Addrinfo.udp(HOST_A, PORT_A)) }
udp.wait_readable
observe('recvmsg_nonblock') { received(udp.recvmsg_nonblock(4)) }
observe('nothing') { udp.recvfrom_nonblock(10) }
observe('nothing, no exception') { udp.recvfrom_nonblock(10, exception: false) }
observe('no destination') { udp.send('x', 0) }
observe('too large') { udp.send('x' * 70_000, 0, HOST_A, PORT_A) }
observe('peer') { udp.remote_address }
observe('local') { udp.local_address.ip_port.positive? }
observe('address') { udp.addr[0] }
observe('connect') { udp.connect(HOST_A, PORT_A) }
observe('peeraddr') { named(udp.peeraddr[3], udp.peeraddr[1]) }
observe('local host') { udp.local_address.ip_address }
observe('send') { udp.send('connected', 0) }
observe('recv') { udp.recv(100) }
observe('write') { udp.write('written') }
observe('readpartial') { udp.readpartial(100) }
observe('print') { udp.print('one', 'two') }
observe('read first') { udp.recv(100) }
observe('read second') { udp.wait_readable(1) ? udp.recv(100) : 'none' }
udp.send('peeked', 0)
observe('peek') { udp.recv(3, Socket::MSG_PEEK) }
observe('truncated') { udp.recvmsg(3).values_at(0, 2).then { |text, flags| [text, flags & Socket::MSG_TRUNC] } }
observe('elsewhere') { udp.send('x', 0, HOST_B, PORT_B) }
observe('elsewhere unheard') { udp.wait_readable(0.2).nil? }
observe('elsewhere dropped') { udp.recv_nonblock(10) }
observe('connect again') { udp.connect(HOST_B, PORT_B) }
observe('peeraddr again') { named(udp.peeraddr[3], udp.peeraddr[1]) }
udp.send('moved', 0)
observe('moved') { received(udp.recvfrom(100)) }
observe('write_nonblock') { udp.write_nonblock('quick') }
observe('select') { IO.select([udp], nil, nil, 5)&.first&.size }
observe('read_nonblock') { udp.read_nonblock(100) }
%i[SNDBUF RCVBUF BROADCAST REUSEADDR ERROR TYPE].each do |option|
  observe("option #{option}") { udp.getsockopt(:SOCKET, option).int }
end
observe('set option') { udp.setsockopt(:SOCKET, :BROADCAST, true) }
observe('set option, read') { udp.getsockopt(:SOCKET, :BROADCAST).bool }
observe('ttl') { [udp.setsockopt(:IP, :TTL, 11), udp.getsockopt(:IP, :TTL).int] }
observe('bind connected') { udp.bind('127.0.0.1', 0) }
observe('shutdown') { udp.shutdown(:RDWR) }
observe('close') { udp.close }
observe('closed') { udp.send('x', 0) }

bound = UDPSocket.new
observe('bind') { bound.bind('127.0.0.1', 0) }
observe('bound') { bound.addr.values_at(0, 3) }
observe('bind taken') { UDPSocket.new.bind('127.0.0.1', bound.addr[1]) }
bound.send('bound', 0, HOST_A, PORT_A)
observe('bound recvfrom') { received(bound.recvfrom(100)) }
observe('timestamp') do
  bound.setsockopt(:SOCKET, :TIMESTAMP, true)
  bound.send('timed', 0, HOST_A, PORT_A)
  _, _, _, control = bound.recvmsg
  (Time.now - control.timestamp).between?(0, 5)
end
observe('pktinfo') do
  bound.setsockopt(:IP, :PKTINFO, true)
  bound.setsockopt(:SOCKET, :TIMESTAMP, false)
  bound.send('info', 0, HOST_A, PORT_A)
  _, _, _, control = bound.recvmsg
  address, _, specific = control.ip_pktinfo
  [address.ip_address, specific.ip_address]
end

six = UDPSocket.new(:INET6)
observe('six') { six.send('six', 0, HOST_6, PORT_6) }
observe('six recvfrom') { received(six.recvfrom(100)) }
mapped = UDPSocket.new(:INET6)
observe('mapped') { mapped.send('mapped', 0, "::ffff:#{HOST_A}", PORT_A) }
observe('mapped recvfrom') { received(mapped.recvfrom(100)) }
observe('six of four') { UDPSocket.new(:INET6).send('x', 0, Addrinfo.udp(HOST_A, PORT_A)) }

Addrinfo.udp(HOST_A, PORT_A).connect do |socket|
  observe('addrinfo connect') { socket.send('by address', 0) }
  observe('addrinfo recvfrom') { socket.recvfrom(100)[0] }
  copy = socket.dup
  observe('dup') { copy.send('of a copy', 0) }
  observe('dup recv') { socket.recv(100) }
  process = fork do
    socket.send('of a child', 0)
    exit!(socket.recv(100) == 'of a child' ? 4 : 5)
  end
  observe('fork') { Process.wait2(process)[1].exitstatus }
end

threads = Array.new(8) do |number|
  Thread.new do
    socket = UDPSocket.new
    20.times.all? do |turn|
      socket.send("#{number} #{turn}", 0, HOST_B, PORT_B)
      socket.recv(100) == "#{number} #{turn}"
    end
  end
end
observe('threads') { threads.map(&:value) }
