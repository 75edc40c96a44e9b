import java.io.IOException;
import java.net.*;
import java.nio.ByteBuffer;
import java.nio.channels.*;
import java.util.*;
import java.util.concurrent.*;

/** Java's DatagramSocket, MulticastSocket and DatagramChannel, an observation a line. Arguments: HOST PORT of two IPv4
 * peers and an IPv6 one. */
class Datagrams {
	interface Action {
		Object run() throws Exception;
	}

	static InetSocketAddress a, b, six;

	static void observe(String name, Action action) {
		Object outcome;
		try {
			outcome = action.run();
		} catch (Exception e) {
			outcome = e.getClass().getSimpleName();
		}
		System.out.println(name + ": " + outcome);
	}

	static String named(SocketAddress address) {
		if (address == null)
			return "nobody";
		return address.equals(a) ? "A" : address.equals(b) ? "B" : address.equals(six) ? "SIX" : "other";
	}

	static DatagramPacket packet(String text, SocketAddress to) {
		byte[] bytes = text.getBytes();
		return to == null ? new DatagramPacket(bytes, bytes.length) : new DatagramPacket(bytes, bytes.length, to);
	}

	static String receive(DatagramSocket socket, int size) throws IOException {
		DatagramPacket packet = new DatagramPacket(new byte[size], size);
		socket.receive(packet);
		String text = new String(packet.getData(), 0, Math.min(30, packet.getLength()));
		return packet.getLength() + " " + text + " from " + named(packet.getSocketAddress());
	}

	static String exchange(DatagramSocket socket, String text, SocketAddress to) throws IOException {
		socket.send(packet(text, to));
		return receive(socket, 10000);
	}

	static void sockets(String kind, DatagramSocket socket) throws Exception {
		socket.setSoTimeout(5000);
		observe(kind + " unconnected", () -> exchange(socket, "free", a));
		observe(kind + " another", () -> exchange(socket, "free too", b));
		observe(kind + " six", () -> exchange(socket, "x".repeat(9000), a).length());
		observe(kind + " too large", () -> exchange(socket, "x".repeat(65508), a));
		observe(kind + " no address", () -> exchange(socket, "x", null));
		observe(kind + " local", () -> socket.getLocalPort() > 0 && socket.getLocalAddress().isAnyLocalAddress());
		observe(kind + " remote", () -> named(socket.getRemoteSocketAddress()));
		observe(kind + " connect", () -> { socket.connect(a); return socket.isConnected(); });
		observe(kind + " connected remote", () -> named(socket.getRemoteSocketAddress()));
		observe(kind + " connected port", () -> socket.getPort() == a.getPort());
		observe(kind + " connected local", () -> socket.getLocalAddress().isLoopbackAddress());
		observe(kind + " connected", () -> exchange(socket, "connected", null));
		observe(kind + " truncated", () -> { socket.send(packet("truncated", null)); return receive(socket, 4); });
		observe(kind + " elsewhere", () -> exchange(socket, "x", b));
		observe(kind + " disconnect", () -> { socket.disconnect(); return socket.isConnected(); });
		observe(kind + " disconnected", () -> exchange(socket, "again free", b));
		observe(kind + " timeout", () -> { socket.setSoTimeout(50); return receive(socket, 10); });
		socket.setSoTimeout(5000);
		observe(kind + " buffers", () -> { socket.setReceiveBufferSize(30000); return socket.getReceiveBufferSize(); });
		observe(kind + " broadcast", () -> socket.getBroadcast());
		observe(kind + " traffic class", () -> { socket.setTrafficClass(0x10); return socket.getTrafficClass(); });
		observe(kind + " reuse", () -> socket.getReuseAddress());
		observe(kind + " options", () -> new TreeSet<>(socket.supportedOptions().stream().map(SocketOption::name).toList()));
		observe(kind + " close", () -> { socket.close(); return socket.isClosed(); });
		observe(kind + " closed", () -> exchange(socket, "x", a));
	}

	static void six() throws Exception {
		DatagramSocket socket = new DatagramSocket();
		socket.setSoTimeout(5000);
		observe("IPv6", () -> exchange(socket, "six", six));
		socket.close();
		DatagramSocket bound = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"));
		bound.setSoTimeout(5000);
		observe("bound", () -> exchange(bound, "bound", a));
		observe("bound local", () -> bound.getLocalAddress().getHostAddress());
		observe("bound taken", () -> new DatagramSocket(bound.getLocalPort(), bound.getLocalAddress()));
		bound.close();
	}

	static String read(ByteBuffer buffer) {
		buffer.flip();
		byte[] bytes = new byte[buffer.remaining()];
		buffer.get(bytes);
		buffer.clear();
		return new String(bytes);
	}

	static void channels() throws Exception {
		DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET);
		ByteBuffer buffer = ByteBuffer.allocate(100), direct = ByteBuffer.allocateDirect(100);
		observe("channel send", () -> channel.send(ByteBuffer.wrap("sent".getBytes()), a));
		observe("channel receive", () -> named(channel.receive(buffer)) + " " + read(buffer));
		observe("channel send direct", () -> {
			direct.put("direct".getBytes()).flip();
			int sent = channel.send(direct, b);
			direct.clear();
			return sent;
		});
		observe("channel receive direct", () -> named(channel.receive(direct)) + " " + read(direct));
		observe("channel read unconnected", () -> channel.read(buffer));
		observe("channel local", () -> ((InetSocketAddress) channel.getLocalAddress()).getPort() > 0);
		observe("channel connect", () -> named(channel.connect(a).getRemoteAddress()));
		observe("channel write", () -> channel.write(ByteBuffer.wrap("written".getBytes())));
		observe("channel read", () -> channel.read(buffer) + " " + read(buffer));
		observe("channel gather", () -> channel.write(new ByteBuffer[] {ByteBuffer.wrap("one ".getBytes()), ByteBuffer.wrap("two".getBytes())}));
		ByteBuffer[] parts = {ByteBuffer.allocate(4), ByteBuffer.allocate(10)};
		observe("channel scatter", () -> channel.read(parts) + " " + read(parts[0]) + "|" + read(parts[1]));
		observe("channel send elsewhere", () -> channel.send(ByteBuffer.wrap("x".getBytes()), b));
		channel.configureBlocking(false);
		observe("channel nothing", () -> channel.read(buffer));
		Selector selector = Selector.open();
		channel.register(selector, SelectionKey.OP_READ | SelectionKey.OP_WRITE);
		observe("selector write", () -> selector.select(5000) + " " + selector.selectedKeys().iterator().next().isWritable());
		selector.selectedKeys().clear();
		channel.keyFor(selector).interestOps(SelectionKey.OP_READ);
		observe("selector nothing", () -> selector.select(50));
		observe("selector sent", () -> channel.write(ByteBuffer.wrap("selected".getBytes())));
		observe("selector read", () -> selector.select(5000));
		observe("selector received", () -> channel.read(buffer) + " " + read(buffer));
		observe("channel disconnect", () -> channel.disconnect().isConnected());
		observe("channel options", () -> channel.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 7).getOption(StandardSocketOptions.IP_MULTICAST_TTL));
		observe("channel receive buffer", () -> channel.setOption(StandardSocketOptions.SO_RCVBUF, 40000).getOption(StandardSocketOptions.SO_RCVBUF));
		observe("channel reconnect", () -> named(channel.connect(b).getRemoteAddress()));
		channel.close();
		observe("channel closed", () -> channel.write(buffer));
		DatagramChannel dual = DatagramChannel.open();
		observe("dual send", () -> dual.send(ByteBuffer.wrap("dual".getBytes()), a));
		observe("dual receive", () -> named(dual.receive(buffer)) + " " + read(buffer));
		dual.close();
	}

	static void interrupted() throws Exception {
		DatagramSocket socket = new DatagramSocket();
		ExecutorService pool = Executors.newFixedThreadPool(9);
		Future<String> blocked = pool.submit(() -> {
			try {
				return receive(socket, 10);
			} catch (SocketException e) {
				return "SocketException";
			}
		});
		DatagramSocket other = new DatagramSocket();
		other.setSoTimeout(5000);
		observe("beside a blocked one", () -> exchange(other, "beside", a));
		socket.close();
		observe("closed while blocked", blocked::get);
		List<Future<Integer>> counts = new ArrayList<>();
		for (int i = 0; i < 8; i++)
			counts.add(pool.submit(() -> {
				DatagramSocket own = new DatagramSocket();
				own.setSoTimeout(5000);
				int right = 0;
				for (int turn = 0; turn < 20; turn++)
					if (exchange(own, "turn " + turn, b).endsWith("turn " + turn + " from B"))
						right++;
				own.close();
				return right;
			}));
		for (int i = 0; i < 8; i++)
			observe("thread " + i, counts.get(i)::get);
		pool.shutdown();
	}

	public static void main(String[] given) throws Exception {
		a = new InetSocketAddress(given[0], Integer.parseInt(given[1]));
		b = new InetSocketAddress(given[2], Integer.parseInt(given[3]));
		six = new InetSocketAddress(given[4], Integer.parseInt(given[5]));
		sockets("socket", new DatagramSocket());
		sockets("multicast socket", new MulticastSocket());
		sockets("channel's socket", DatagramChannel.open(StandardProtocolFamily.INET).socket());
		six();
		channels();
		interrupted();
	}
}
