// Boost.Asio's udp::socket, an observation a line. Arguments: HOST PORT of two IPv4 peers and an IPv6 one.
#include <array>
#include <boost/asio.hpp>
#include <chrono>
#include <future>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

namespace asio = boost::asio;
using asio::ip::udp;
using boost::system::error_code;

static std::array<udp::endpoint, 3> peers;

template <typename Outcome> static void observe(const std::string &name, const Outcome &outcome, error_code error = {})
{
	std::cout << name << ": ";
	if (error)
		std::cout << error.category().name() << " " << error.value() << std::endl;
	else
		std::cout << outcome << std::endl;
}

static std::string named(const udp::endpoint &endpoint)
{
	static const char *const names[] = {"A", "B", "SIX"};
	for (std::size_t i = 0; i < peers.size(); i++)
		if (peers[i] == endpoint)
			return names[i];
	return endpoint.address().to_string();
}

static void receive(const std::string &name, udp::socket &socket, std::size_t size = 100, int flags = 0)
{
	std::string bytes(size, '\0');
	udp::endpoint from;
	error_code error;
	std::size_t got = socket.receive_from(asio::buffer(bytes), from, flags, error);
	observe(name, std::to_string(got) + " " + bytes.substr(0, got) + " from " + named(from), error);
}

static void blocking(asio::io_context &context)
{
	udp::socket socket(context, udp::v4());
	error_code error;
	for (std::size_t i = 0; i < 2; i++) {
		std::size_t sent = socket.send_to(asio::buffer(std::string("blocking")), peers[i], 0, error);
		observe("send_to " + named(peers[i]), sent, error);
		receive("receive_from " + named(peers[i]), socket);
	}
	observe("local", socket.local_endpoint(error).port() > 0, error);
	observe("remote", named(socket.remote_endpoint(error)), error);
	observe("send unconnected", socket.send(asio::buffer("x", 1), 0, error), error);
	observe("send too large", socket.send_to(asio::buffer(std::string(65508, 'x')), peers[0], 0, error), error);
	socket.connect(peers[0], error);
	observe("connect", named(socket.remote_endpoint()), error);
	observe("send", socket.send(asio::buffer(std::string("connected"))));
	receive("receive", socket);
	socket.send(std::array<asio::const_buffer, 2>{asio::buffer("one ", 4), asio::buffer("two", 3)});
	std::string first(4, ' '), second(20, ' ');
	std::array<asio::mutable_buffer, 2> parts{asio::buffer(first), asio::buffer(second)};
	std::size_t got = socket.receive(parts);
	observe("scattered", std::to_string(got) + " " + first + "|" + second.substr(0, 3));
	socket.send(asio::buffer("peeked", 6));
	receive("peek", socket, 100, udp::socket::message_peek);
	observe("available", socket.available());
	receive("after peek", socket);
	socket.non_blocking(true);
	receive("nothing", socket);
	socket.connect(peers[1], error);
	observe("connect again", named(socket.remote_endpoint()), error);
	socket.shutdown(udp::socket::shutdown_both, error);
	observe("shutdown", "done", error);
	socket.close();
	observe("closed", socket.send(asio::buffer("x", 1), 0, error), error);
}

static void options(asio::io_context &context)
{
	udp::socket socket(context, udp::endpoint(asio::ip::address_v4::loopback(), 0)), other(context, udp::v4());
	error_code error;
	observe("bound", socket.local_endpoint().address().to_string());
	other.bind(socket.local_endpoint(), error);
	observe("taken", "bound", error);
	socket.set_option(udp::socket::broadcast(true));
	socket.set_option(udp::socket::receive_buffer_size(20000));
	socket.set_option(asio::ip::unicast::hops(8));
	socket.set_option(asio::ip::multicast::hops(3));
	udp::socket::receive_buffer_size size;
	asio::ip::unicast::hops hops;
	socket.get_option(size);
	socket.get_option(hops);
	observe("receive buffer", size.value());
	observe("hops", hops.value());
	socket.set_option(asio::ip::multicast::join_group(asio::ip::make_address_v4("239.1.2.3"), asio::ip::address_v4::loopback()), error);
	observe("join", "done", error);
	socket.send_to(asio::buffer("bound", 5), peers[0]);
	receive("bound receive", socket);
}

static void asynchronous(asio::io_context &context)
{
	udp::socket socket(context, udp::v4()), six(context, udp::v6());
	std::array<char, 100> bytes, bytes_six;
	udp::endpoint from, from_six;
	socket.async_send_to(asio::buffer("asynchronous", 12), peers[1],
			     [](error_code error, std::size_t sent) { observe("async sent", sent, error); });
	socket.async_receive_from(asio::buffer(bytes), from, [&](error_code error, std::size_t got) {
		observe("async received", std::string(bytes.data(), got) + " from " + named(from), error);
	});
	six.async_send_to(asio::buffer("six", 3), peers[2],
			  [](error_code error, std::size_t sent) { observe("six sent", sent, error); });
	six.async_receive_from(asio::buffer(bytes_six), from_six, [&](error_code error, std::size_t got) {
		observe("six received", std::string(bytes_six.data(), got) + " from " + named(from_six), error);
	});
	context.run();
	context.restart();
	asio::steady_timer timer(context, std::chrono::milliseconds(50));
	timer.async_wait([&](error_code) { socket.cancel(); });
	socket.async_receive_from(asio::buffer(bytes), from,
				  [](error_code error, std::size_t got) { observe("cancelled", got, error); });
	context.run();
	context.restart();
	socket.async_wait(udp::socket::wait_read, [](error_code error) { observe("readable", "yes", error); });
	socket.send_to(asio::buffer("wait", 4), peers[0]);
	context.run();
	context.restart();
	receive("waited for", socket);
	auto sent = socket.async_send_to(asio::buffer("future", 6), peers[0], asio::use_future);
	auto got = socket.async_receive_from(asio::buffer(bytes), from, asio::use_future);
	std::thread runner([&] { context.run(); });
	observe("future sent", sent.get());
	observe("future received", got.get());
	runner.join();
	context.restart();
}

static void crowd(asio::io_context &context)
{
	std::vector<std::future<int>> counts;
	for (int i = 0; i < 8; i++)
		counts.push_back(std::async(std::launch::async, [&context] {
			udp::socket socket(context, udp::v4());
			int right = 0;
			for (int turn = 0; turn < 50; turn++) {
				std::string text = std::to_string(turn), answer(10, '\0');
				socket.send_to(asio::buffer(text), peers[1]);
				answer.resize(socket.receive(asio::buffer(answer)));
				right += answer == text;
			}
			return right;
		}));
	for (std::size_t i = 0; i < counts.size(); i++)
		observe("thread " + std::to_string(i), counts[i].get());
}

int main(int argc, char **argv)
{
	if (argc != 7)
		return 2;
	asio::io_context context;
	for (std::size_t i = 0; i < peers.size(); i++)
		peers[i] = udp::endpoint(asio::ip::make_address(argv[1 + 2 * i]), static_cast<unsigned short>(std::stoi(argv[2 + 2 * i])));
	blocking(context);
	options(context);
	asynchronous(context);
	crowd(context);
	return 0;
}
