/* Files and pipes: what the kernel moves to a socket, or from one, by itself. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/live/cases/cases.h"
#include "tests/live/cases/observe.h"

static int connected(void)
{
	int fd = udp(AF_INET, 0);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	return fd;
}

static int file_of(size_t size)
{
	static char bytes[100000];
	int file = memfd_create("file", MFD_CLOEXEC);
	for (size_t i = 0; i < size; i++)
		bytes[i] = (char)('a' + i / 50 % 26);
	if (file < 0 || write(file, bytes, size) != (ssize_t)size)
		observe("no file");
	lseek(file, 0, SEEK_SET);
	return file;
}

static void take(int fd)
{
	static char bytes[65536];
	ssize_t got = recv(fd, bytes, room(sizeof bytes), 0);
	observe_datagram("recv", got, bytes, NULL, 0);
}

static void send_part(int fd, int file, off_t offset, size_t count)
{
	off_t at = offset;
	char what[64];
	snprintf(what, sizeof what, "sendfile of %zu from %ld", count, (long)offset);
	ssize_t sent = observe_result(what, sendfile(fd, file, offset < 0 ? NULL : &at, count));
	observe("  offset %ld, position %ld", (long)at, (long)lseek(file, 0, SEEK_CUR));
	if (sent > 0)
		take(fd);
}

void case_sendfile(void)
{
	int fd = connected(), file = file_of(100), large = file_of(70000);
	send_part(fd, file, -1, 60);
	send_part(fd, file, -1, 60);
	send_part(fd, file, -1, 60);
	send_part(fd, file, 10, 50);
	send_part(fd, file, 90, 50);
	send_part(fd, file, 0, 0);
	send_part(fd, large, 0, 4096);
	send_part(fd, large, -1, 20000);
	send_part(fd, large, -1, 1 << 20);
	send_part(fd, large, 10000, 1 << 20);
	lseek(large, 0, SEEK_SET);
	observe_result("syscall", syscall(SYS_sendfile, fd, large, NULL, 10));
	take(fd);
	close(file);
	close(large);
	close(fd);
}

void case_sendfile_wrong(void)
{
	int fd = udp(AF_INET, 0), file = file_of(100), pipes[2];
	off_t negative = -1;
	send_part(fd, file, -1, 60);
	say(fd, &peer_a, "relayed from now on");
	take(fd);
	send_part(fd, file, -1, 60);
	observe_result("connect", connect(fd, &peer_a.any, peer_a.size));
	observe_result("no file", sendfile(fd, -1, NULL, 5));
	observe_result("negative", sendfile(fd, file, &negative, 5));
	observe_result("nowhere", sendfile(fd, file, (off_t *)8, 5));
	observe_result("count", sendfile(fd, file, NULL, (size_t)-1));
	if (pipe(pipes) < 0)
		return;
	observe_result("of a pipe", sendfile(fd, pipes[0], NULL, 5));
	int zeros = open("/dev/zero", O_RDONLY);
	observe_result("of a device", sendfile(fd, zeros, NULL, 20));
	int folder = open("/", O_RDONLY);
	observe_result("of a folder", sendfile(fd, folder, NULL, 20));
	close(zeros);
	close(folder);
	close(file);
	close(pipes[0]);
	close(pipes[1]);
	close(fd);
}

static void fill(int pipe, const char *text)
{
	if (write(pipe, text, strlen(text)) < 0)
		observe("no pipe");
}

void case_splice_out(void)
{
	int fd = connected(), pipes[2];
	if (pipe(pipes) < 0)
		return;
	observe_result("empty", splice(pipes[0], NULL, fd, NULL, 5, SPLICE_F_NONBLOCK));
	fill(pipes[1], "hello");
	observe_result("splice", splice(pipes[0], NULL, fd, NULL, 5, 0));
	take(fd);
	fill(pipes[1], "hello ");
	fill(pipes[1], "world");
	observe_result("two writes", splice(pipes[0], NULL, fd, NULL, 100, 0));
	take(fd);
	fill(pipes[1], "hello world");
	observe_result("a part", splice(pipes[0], NULL, fd, NULL, 5, 0));
	take(fd);
	observe_result("the rest", syscall(SYS_splice, pipes[0], NULL, fd, NULL, 100, 0));
	take(fd);
	fill(pipes[1], "corked ");
	observe_result("more", splice(pipes[0], NULL, fd, NULL, 100, SPLICE_F_MORE));
	observe_result("send", send(fd, "together", 8, 0));
	take(fd);
	observe_result("of nothing", splice(pipes[0], NULL, fd, NULL, 0, 0));
	observe_result("flags", splice(pipes[0], NULL, fd, NULL, 5, 1 << 20));
	loff_t zero = 0;
	fill(pipes[1], "left");
	observe_result("offset in", splice(pipes[0], &zero, fd, NULL, 5, 0));
	observe_result("offset out", splice(pipes[0], NULL, fd, &zero, 5, 0));
	observe_result("no pipe", splice(fd, NULL, fd, NULL, 5, 0));
	char bytes[16];
	observe_datagram("read", read(pipes[0], bytes, sizeof bytes), bytes, NULL, 0);
	close(pipes[1]);
	observe_result("ended", splice(pipes[0], NULL, fd, NULL, 5, 0));
	close(pipes[0]);
	close(fd);
}

void case_splice_in(void)
{
	int fd = connected(), pipes[2];
	char bytes[64];
	if (pipe(pipes) < 0)
		return;
	observe_result("send", send(fd, "hello", 5, 0));
	observe_result("splice", splice(fd, NULL, pipes[1], NULL, 100, 0));
	observe_datagram("read", read(pipes[0], bytes, sizeof bytes), bytes, NULL, 0);
	observe_result("send", send(fd, "hello", 5, 0));
	observe_result("cut", splice(fd, NULL, pipes[1], NULL, 3, 0));
	observe_datagram("read", read(pipes[0], bytes, sizeof bytes), bytes, NULL, 0);
	observe_result("fcntl", fcntl(fd, F_SETFL, O_NONBLOCK));
	observe_result("nothing there", splice(fd, NULL, pipes[1], NULL, 3, 0));
	observe_result("tee", tee(fd, pipes[1], 3, 0));
	observe_result("copy_file_range", copy_file_range(fd, NULL, pipes[1], NULL, 3, 0));
	close(fd);
	unsigned port;
	fd = server_socket(&port);
	serve_once(fd, port);
	say(fd, &peer_a, "to a server");
	observe_result("splice", splice(fd, NULL, pipes[1], NULL, 100, 0));
	observe_datagram("read", read(pipes[0], bytes, sizeof bytes), bytes, NULL, 0);
	close(pipes[0]);
	close(pipes[1]);
	close(fd);
}
