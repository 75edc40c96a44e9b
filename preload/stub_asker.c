#include "preload/stub_asker.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <string.h>

#include "core/raw.h"
#include "preload/cookie.h"
#include "preload/open_descriptors.h"
#include "preload/process.h"
#include "preload/stub.h"

struct question {
	struct nlmsghdr header;
	struct inet_diag_req_v2 body;
};

static _Atomic int kernel = -1; /* sock_diag(7) */

void stub_asker_forget(void)
{
	stub_socket_close(&kernel);
}

void stub_asker_moved(int fd, int moved)
{
	atomic_compare_exchange_strong(&kernel, &fd, moved);
}

static bool can_ask(void)
{
	return atomic_load(&kernel) >= 0 || stub_socket_of(&kernel, AF_NETLINK, SOCK_DGRAM, NETLINK_SOCK_DIAG) == 0;
}

/* The socket at these two ends, if there is one. */
static bool find(int protocol, const struct sockaddr_in *from, const struct sockaddr_in *to,
		 struct inet_diag_msg *found)
{
	struct question question = {
	    .header = {.nlmsg_len = sizeof question, .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST},
	    .body = {.sdiag_family = AF_INET, .sdiag_protocol = (uint8_t)protocol, .idiag_states = ~0U}};
	_Alignas(struct nlmsghdr) char bytes[1024];
	struct iovec piece = {&question, sizeof question};
	struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
	struct inet_diag_sockid *id = &question.body.id;
	id->idiag_sport = from->sin_port;
	id->idiag_src[0] = from->sin_addr.s_addr;
	id->idiag_dport = to->sin_port;
	id->idiag_dst[0] = to->sin_addr.s_addr;
	id->idiag_cookie[0] = id->idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	stub_socket_send(&kernel, &message);
	piece = (struct iovec){bytes, sizeof bytes};
	long size = stub_socket_receive(&kernel, &message);
	struct nlmsghdr *header = (struct nlmsghdr *)(void *)bytes;
	if (size < (long)NLMSG_LENGTH(sizeof *found) || header->nlmsg_type != SOCK_DIAG_BY_FAMILY)
		return false;
	memcpy(found, NLMSG_DATA(header), sizeof *found);
	return true;
}

/* Kernels differ in which of the two ends is the socket's own. */
static bool find_socket(int protocol, const struct sockaddr_in *own, const struct sockaddr_in *peer,
			struct inet_diag_msg *found)
{
	return (find(protocol, own, peer, found) && found->id.idiag_sport == own->sin_port) ||
	       (find(protocol, peer, own, found) && found->id.idiag_sport == own->sin_port);
}

static bool is_our_user(uint32_t user)
{
	uint32_t real = 0, effective = 0, saved = 0;
	raw_call(RAW_GETRESUID, &real, &effective, &saved);
	return user == real || user == effective || user == saved;
}

struct search {
	uint64_t wanted;
	bool found;
};

static void compare(int fd, void *context)
{
	struct search *search = context;
	uint64_t cookie;
	search->found |= cookie_of(fd, &cookie) == 0 && cookie == search->wanted;
}

/* A thread of a server may act for another user for a while, by setfsuid(2). */
static bool is_our_descriptor(const struct inet_diag_sockid *id)
{
	struct search search = {.wanted = id->idiag_cookie[0] | (uint64_t)id->idiag_cookie[1] << 32};
	open_descriptors(compare, &search);
	return search.found;
}

bool stub_asker_is_ours(int protocol, const struct sockaddr_in *asker, uint16_t desk_port)
{
	const struct sockaddr_in desk = {
	    .sin_family = AF_INET, .sin_port = htons(desk_port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const struct sockaddr_in nobody = {.sin_family = AF_INET};
	struct inet_diag_msg found;
	if (!can_ask())
		return true;
	if (find_socket(protocol, asker, &desk, &found))
		return is_our_user(found.idiag_uid) || is_our_descriptor(&found.id);
	/* It has gone; unless not even the desk itself is found. */
	return !find_socket(protocol, &desk, &nobody, &found);
}
