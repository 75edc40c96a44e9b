/* Covering: which descriptors of the program are flows. */
#ifndef PRELOAD_COVER_H
#define PRELOAD_COVER_H

#include "preload/process.h"

/* The flow that a descriptor names, or HANDLE_NONE. Costs two loads. Waits out another thread's close of it. */
flow_handle cover_closing(int fd);
static inline flow_handle cover_find(int fd)
{
	flow_handle handle = flow_table_find(&negotiator.table, fd);
	if (__builtin_expect(handle == HANDLE_NONE, 1))
		return HANDLE_NONE;
	return handle_is_flow(handle) ? handle : cover_closing(fd);
}

static inline struct flow *cover_flow(flow_handle handle)
{
	return flow_table_flow(&negotiator.table, handle);
}

/* What its flow looks like now; false for HANDLE_NONE, and for a flow that has ended meanwhile. */
static inline bool cover_view(flow_handle handle, struct view *view)
{
	return handle != HANDLE_NONE && flow_read(cover_flow(handle), handle_generation(handle), view);
}

/* Whether a call with these flags may wait: the socket is blocking, and so is the call. */
bool cover_may_wait(int fd, int flags);

/* What socket(2) is given for a UDP socket. */
bool cover_is_udp(int family, int type, int protocol);

/* A fresh descriptor of the program. Any entry under its number is stale. A UDP socket becomes a flow; if that is
 * impossible the answer is false, and the program must not have the socket. */
bool cover_fresh(int fd, int family, int type, int protocol);

/* A descriptor that is not known here, about to be connected or sent from: inherited, passed by another process, or
 * made behind our back. *handle is its flow if it is a UDP socket, else HANDLE_NONE. False, with errno: a UDP socket
 * that cannot be covered (no memory; the child of a vfork), whose datagrams must not leave. */
bool cover_unknown(int fd, flow_handle *handle);

/* The kernel's answer does not fit the flow: if the number names another socket by now, *handle becomes that one's.
 * False as cover_unknown. */
bool cover_renew(int fd, flow_handle *handle);

/* A descriptor that has come from elsewhere, of whatever kind: if it is a UDP socket that is not known, it is covered.
 * One that cannot be is closed. */
void cover_stranger(int fd);

/* A socket comes with its association from another image or process. False: it is none that could be taken over. */
bool cover_adopt(int fd, const struct handover *handover, int control);

/* A UDP socket, and not the flow's. */
bool cover_is_another_udp(int fd, flow_handle handle);

/* The descriptor names no socket any more: forget it. */
void cover_forget(int fd);

#endif
