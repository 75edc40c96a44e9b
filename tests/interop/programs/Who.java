import java.net.*;

/** Asks an echo peer who it hears. Arguments: HOST PORT. */
class Who {
	public static void main(String[] given) throws Exception {
		try (DatagramSocket socket = new DatagramSocket()) {
			DatagramPacket packet = new DatagramPacket("!who".getBytes(), 4, new InetSocketAddress(given[0], Integer.parseInt(given[1])));
			socket.send(packet);
			DatagramPacket answer = new DatagramPacket(new byte[100], 100);
			socket.receive(answer);
			System.out.println(new String(answer.getData(), 0, answer.getLength()));
		}
	}
}
