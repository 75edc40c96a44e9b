/* The error queue of a relayed socket: what it tells of the relay is ours, what it tells of the program's datagrams is
 * told as if they had gone to their destinations. */
#include "preload/error_queue.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <string.h>

#include "core/quotation.h"
#include "preload/kernel.h"
#include "preload/real.h"
#include "preload/scratch.h"
#include "preload/told.h"
#include "preload/user_memory.h"

enum { CONTROL_ROOM = 512 };

/* One entry of the queue. */
struct entry {
	uint8_t *bytes;
	size_t size;
	union socket_address name;
	socklen_t name_size;
	struct msghdr message;
	struct sock_extended_err *error; /* in the control data; NULL: none */
	_Alignas(struct cmsghdr) uint8_t control[CONTROL_ROOM];
};

static struct sock_extended_err *find_error(struct msghdr *message)
{
	for (struct cmsghdr *one = CMSG_FIRSTHDR(message); one; one = CMSG_NXTHDR(message, one)) {
		bool ipv4 = one->cmsg_level == IPPROTO_IP && one->cmsg_type == IP_RECVERR;
		bool ipv6 = one->cmsg_level == IPPROTO_IPV6 && one->cmsg_type == IPV6_RECVERR;
		if ((ipv4 || ipv6) && one->cmsg_len >= CMSG_LEN(sizeof(struct sock_extended_err)))
			return (struct sock_extended_err *)(void *)CMSG_DATA(one);
	}
	return NULL;
}

/* Answers 0 or an errno. */
static int take(int fd, struct entry *entry, struct scratch *scratch)
{
	struct iovec piece = {.iov_base = scratch->at, .iov_len = scratch->size};
	entry->message = (struct msghdr){.msg_name = &entry->name,
					 .msg_namelen = sizeof entry->name,
					 .msg_iov = &piece,
					 .msg_iovlen = 1,
					 .msg_control = entry->control,
					 .msg_controllen = sizeof entry->control};
	ssize_t got = kernel_receive_message(fd, &entry->message, MSG_ERRQUEUE | MSG_DONTWAIT);
	if (got < 0)
		return (int)-got;
	entry->bytes = scratch->at;
	entry->size = (size_t)got;
	entry->name_size = entry->message.msg_namelen;
	entry->error = find_error(&entry->message);
	return 0;
}

static bool is_about_the_way(const struct sock_extended_err *error)
{
	return error->ee_origin == SO_EE_ORIGIN_LOCAL || error->ee_origin == SO_EE_ORIGIN_ICMP ||
	       error->ee_origin == SO_EE_ORIGIN_ICMP6;
}

static bool is_relayed(const struct arrival *arrival, const struct entry *entry)
{
	struct endpoint name = {0};
	if (view_hears_of_relay(&arrival->view))
		return true;
	return endpoint_from_sockaddr(&name, &entry->name.any, entry->name_size) == OUTCOME_OK &&
	       (endpoint_equal(&name, &arrival->view.relay) ||
		former_relays_have(&arrival->flow->former_relays, &name));
}

/* The way to the relay is too narrow for header and payload. Whom the datagram was for it says itself, if it is there;
 * the kernel tells of an unconnected socket's no port. */
static void tell_too_long(const struct arrival *arrival, struct entry *entry)
{
	struct endpoint to = {0};
	entry->size = quotation_strip(entry->bytes, entry->size, &to);
	if (to.kind == ENDPOINT_NONE)
		to = view_is_connected(&arrival->view) ? arrival->view.peer
						       : engine_too_long(&negotiator, arrival->handle);
	if (entry->error->ee_origin == SO_EE_ORIGIN_LOCAL && !view_is_connected(&arrival->view))
		to.port = 0;
	unsigned header = to.kind == ENDPOINT_IPV6 ? HEADER_SIZE_IPV6 : HEADER_SIZE_IPV4;
	if (entry->error->ee_info > header)
		entry->error->ee_info -= header;
	if (to.kind != ENDPOINT_NONE)
		endpoint_to_sockaddr(&to, arrival->view.family, &entry->name, &entry->name_size);
}

/* False: it is not for the program. */
static bool translate(struct arrival *arrival, struct entry *entry)
{
	if (!entry->error)
		return true;
	if (entry->error->ee_origin == SO_EE_ORIGIN_TIMESTAMPING || entry->error->ee_origin == SO_EE_ORIGIN_TXSTATUS)
		entry->size = quotation_strip_frame(entry->bytes, entry->size, &arrival->view.relay);
	if (!is_about_the_way(entry->error) || !is_relayed(arrival, entry))
		return true;
	if (entry->error->ee_errno == EMSGSIZE && !arrival->view.alerted) {
		tell_too_long(arrival, entry);
		return true;
	}
	if (entry->error->ee_errno == ECONNREFUSED)
		engine_told(&negotiator, arrival->handle, ECONNREFUSED);
	return false;
}

/* Where the entry does not name the program's peer, it is the one that its socket is connected to, if any. */
static bool is_about_ipv6(const struct arrival *arrival, const struct entry *entry)
{
	struct endpoint name = arrival->view.peer;
	if (entry->name_size)
		endpoint_from_sockaddr(&name, &entry->name.any, entry->name_size);
	return name.kind != ENDPOINT_IPV4;
}

static void give_control(const struct arrival *arrival, struct entry *entry)
{
	struct inward *inward = arrival->inward;
	struct told told = {.bytes = entry->control,
			    .size = entry->message.msg_controllen,
			    .marks = arrival->view.marks & MARKS_TOLD,
			    .ipv6 = is_about_ipv6(arrival, entry)};
	inward->control_size = told_store(&told, inward->control, inward->control_size, &inward->message_flags);
}

static int give(struct arrival *arrival, struct entry *entry)
{
	struct inward *inward = arrival->inward;
	size_t part = entry->size < inward->capacity ? entry->size : inward->capacity;
	if (!user_scatter(inward->pieces, inward->count, entry->bytes, part))
		return EFAULT;
	inward->message_flags = MSG_ERRQUEUE | (part < entry->size ? MSG_TRUNC : 0);
	if (inward->whole)
		give_control(arrival, entry);
	arrival->length = part;
	return user_store_address(inward->from, inward->from_size, &entry->name, entry->name_size);
}

void error_queue_is_asked_for(flow_handle handle)
{
	atomic_store(&cover_flow(handle)->asks, true);
	engine_unalert(&negotiator, handle);
}

void error_queue_inherit(int fd, flow_handle handle)
{
	struct view view;
	if (cover_view(handle, &view) && !view.alerted && negotiator.world->udp_reports(fd))
		atomic_store(&cover_flow(handle)->asks, true);
}

bool error_queue_take(struct arrival *arrival, ssize_t *got)
{
	struct entry entry;
	int saved = errno, error;
	if (!arrival_look(arrival) || (!view_is_held(&arrival->view) && arrival->view.relay.kind == ENDPOINT_NONE &&
				       !arrival_is_told_otherwise(arrival)))
		return false;
	SCRATCH(scratch);
	scratch_take(&scratch, SCRATCH_LARGE);
	error = scratch.at ? 0 : ENOBUFS;
	do
		error = error ? error : take(arrival->fd, &entry, &scratch);
	while (!error && !translate(arrival, &entry));
	if (!error)
		error = give(arrival, &entry);
	errno = error ? error : saved;
	*got = error ? -1 : (ssize_t)arrival->length;
	return true;
}
