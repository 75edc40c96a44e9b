/* SOCKS version 5 for programs that know of it: the AIX SOCKS5 subroutines, and four extensions of ours.
 *
 * Every subroutine answers -1 (socks5_getserv, NULL) on failure and sets errno; socks5_errno is then what SOCKS itself
 * reports, or 0. Addresses are AF_INET or AF_INET6, lengths are in octets. A pointer that leads nowhere is EFAULT,
 * never a crash. Nothing that a pointer leads to is changed on failure. No call raises SIGPIPE, none fails with EINTR
 * but socks5udp_sendto and socks5udp_recvfrom, whose waiting is that of sendto(2) and recvfrom(2).
 *
 * Sources: the AIX reference pages of the same names; RFC 1928, RFC 1929. The manual page socks5_api(3) tabulates
 * errors. */
#ifndef SOCKS5_API_H
#define SOCKS5_API_H

#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

/* RFC 1928 section 6, and one of our own making. */
#define S5_ESRVFAIL     1   /* general failure, or the server broke the protocol */
#define S5_EPERM        2   /* not allowed by the server's rules, or by its authentication */
#define S5_ENETUNREACH  3   /* the server cannot reach the network */
#define S5_EHOSTUNREACH 4   /* the server cannot reach the host */
#define S5_ECONNREFUSED 5   /* the target refused the server's connection */
#define S5_ETIMEDOUT    6   /* TTL expired */
#define S5_EOPNOTSUPP   7   /* the server does not know the command */
#define S5_EAFNOSUPPORT 8   /* the server does not know the address type */
#define S5_ENOSERV      256 /* no server is configured for the destination */

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* Of the calling thread, as errno is. */
int *socks5_errno_location(void);
#define socks5_errno (*socks5_errno_location())

/* Extension: one line of English for a value of socks5_errno. Never NULL. */
const char *socks5_strerror(int Error);

/* Extension: the RFC 1929 login of every later negotiation of the process, unless the configuration has one for the
 * server it names. Each is 1 to 255 octets and copied; both NULL: none any more.
 * EINVAL (a length, or only one of them), EFAULT. */
int socks5_setcred(const char *Username, const char *Password);

/* The server for a destination, by the configuration (socks5c.conf(5)); valid until the thread's next call.
 * NULL: none, and errno unchanged with socks5_errno S5_ENOSERV; or an error: EAFNOSUPPORT, EFAULT, EINVAL, ENOMEM,
 * EHOSTUNREACH (the server's name has no address), EACCES (a rule forbids the destination), ENETDOWN (the
 * configuration is in error). */
struct sockaddr *socks5_getserv(struct sockaddr *Dst, size_t DstLen);

/* Makes Socket, an unconnected stream socket, the control connection of a UDP association with Svr (NULL: looked up
 * by Dst), which lives until Socket is closed. Dst is the expected target, and then the rendezvous address, const
 * notwithstanding: DstLen octets are its room, and an IPv4 address is v4-mapped where Dst was AF_INET6.
 * A non-blocking Socket: EINPROGRESS; select, and call again with the same arguments. A failed Socket is of no more
 * use. Errors: those of connect(2), EISCONN, EINVAL (lengths, room, not a stream), ENOSPC (1024 negotiations are in
 * progress), ENOENT (no server), EACCES, EPROTO, ECONNRESET, ETIMEDOUT, EOPNOTSUPP, ENETDOWN. */
int socks5udp_associate(int Socket, const struct sockaddr *Dst, size_t DstLen, const struct sockaddr *Svr,
			size_t SvrLen);

/* Sends a datagram for Dst by Svr, the rendezvous address (NULL: Socket is connected to it). Answers 0, not a count.
 * Errors: those of sendto(2), EINVAL (lengths, not UDP), EOPNOTSUPP (MSG_MORE and MSG_OOB). */
int socks5udp_sendto(int Socket, void *Message, size_t MsgLen, int Flags, struct sockaddr *Dst, size_t DstLen,
		     struct sockaddr *Svr, size_t SvrLen);

/* Extension: the next datagram from Svr, the rendezvous address (NULL: Socket is connected to it); anything else that
 * arrives is dropped. Answers the octets of the message, cut to MsgLen unless MSG_TRUNC is set. Src, if not NULL, is
 * the source, *SrcLen its room and then its size, as in recvfrom(2); AF_UNSPEC where the server gives a host name.
 * Errors: those of recvfrom(2), EINVAL (lengths, not UDP), EOPNOTSUPP (MSG_ERRQUEUE and MSG_OOB). */
ssize_t socks5udp_recvfrom(int Socket, void *Message, size_t MsgLen, int Flags, struct sockaddr *Src, size_t *SrcLen,
			   const struct sockaddr *Svr, size_t SvrLen);

/* Connects Socket to Dst by way of Svr (NULL: looked up by Dst). Dst stays as it is. Nothing that the target sends is
 * read. As socks5udp_associate otherwise. */
int socks5tcp_connect(int Socket, struct sockaddr *Dst, size_t DstLen, struct sockaddr *Svr, size_t SvrLen);

/* Has Svr listen for a connection from Dst; Dst is then the address that it listens at, with the room and the family
 * of socks5udp_associate, and as it otherwise. */
int socks5tcp_bind(int Socket, struct sockaddr *Dst, size_t DstLen, struct sockaddr *Svr, size_t SvrLen);

/* Waits for that connection, which Socket then is; Dst is then the peer's address. Waits for ever, or SO_RCVTIMEO
 * (ETIMEDOUT; may be called again). EINVAL: no socks5tcp_bind has succeeded on Socket; ENOTCONN: it is not even
 * connected. Svr may be NULL. */
int socks5tcp_accept(int Socket, struct sockaddr *Dst, size_t DstLen, struct sockaddr *Svr, size_t SvrLen);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif
