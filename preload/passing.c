#include "preload/passing.h"

#include <errno.h>
#include <linux/filter.h>
#include <string.h>

#include "core/raw.h"
#include "preload/cover.h"
#include "preload/real.h"
#include "preload/user_memory.h"

#define MAGIC  UINT32_C(0x73357564) /* "s5ud" */
#define ACCEPT UINT32_MAX

enum { WORDS = HANDOVER_SIZE / sizeof(uint32_t), FIRST_WORD = 2, STEPS = FIRST_WORD + WORDS + 1 };

/* The letter: a state on its way */

static unsigned steps_of(int fd, struct sock_filter *steps)
{
	socklen_t count = steps ? STEPS : 0;
	return raw_call(SYS_getsockopt, fd, SOL_SOCKET, SO_GET_FILTER, steps, &count) == 0 ? count : UINT32_MAX;
}

static bool is_letter(int fd, struct sock_filter steps[STEPS])
{
	return steps_of(fd, NULL) == STEPS && steps_of(fd, steps) == STEPS && steps[1].k == MAGIC &&
	       steps[0].code == (BPF_RET | BPF_K) && steps[1].code == (BPF_LD | BPF_IMM);
}

static void detach(int fd)
{
	int unused = 0;
	raw_call(SYS_setsockopt, fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof unused);
}

static void attach(int fd, const uint8_t bytes[HANDOVER_SIZE])
{
	struct sock_filter steps[STEPS];
	struct sock_fprog program = {.len = STEPS, .filter = steps};
	steps[0] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, ACCEPT);
	steps[1] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_IMM, MAGIC);
	for (unsigned i = 0; i < WORDS; i++) {
		uint32_t word;
		memcpy(&word, bytes + i * sizeof word, sizeof word);
		steps[FIRST_WORD + i] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_IMM, word);
	}
	steps[STEPS - 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, ACCEPT);
	raw_call(SYS_setsockopt, fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

static bool read_letter(int fd, struct handover *handover)
{
	struct sock_filter steps[STEPS];
	uint8_t bytes[HANDOVER_SIZE];
	if (!is_letter(fd, steps))
		return false;
	for (unsigned i = 0; i < WORDS; i++)
		memcpy(bytes + i * sizeof steps->k, &steps[FIRST_WORD + i].k, sizeof steps->k);
	detach(fd);
	struct reader reader = reader_of(bytes, sizeof bytes);
	return handover_decode(&reader, handover) == OUTCOME_OK;
}

/* Each descriptor of a message */

static void each_of(const struct cmsghdr *control, void (*act)(int fd))
{
	size_t size = control->cmsg_len - CMSG_LEN(0);
	for (size_t at = 0; at + sizeof(int) <= size; at += sizeof(int)) {
		int fd;
		memcpy(&fd, CMSG_DATA(control) + at, sizeof fd);
		act(fd);
	}
}

static void each_descriptor(const struct msghdr *message, void (*act)(int fd))
{
	struct msghdr copy = *message;
	const char *end = (const char *)copy.msg_control + copy.msg_controllen;
	for (struct cmsghdr *control = CMSG_FIRSTHDR(&copy); control; control = CMSG_NXTHDR(&copy, control)) {
		if (control->cmsg_len < CMSG_LEN(0) || control->cmsg_len > (size_t)(end - (const char *)control))
			return; /* the kernel's to complain of */
		if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_RIGHTS)
			each_of(control, act);
	}
}

static bool has_control(const struct msghdr *message)
{
	return message->msg_control && message->msg_controllen >= CMSG_LEN(sizeof(int));
}

static void send_along(int fd)
{
	struct sock_filter steps[STEPS];
	struct handover handover;
	uint8_t bytes[HANDOVER_SIZE];
	int control;
	flow_handle handle = cover_find(fd);
	if (handle == HANDLE_NONE || (!process_is_ours() && !process_is_borrowed()))
		return;
	engine_unalert(&negotiator, handle); /* the receiver may not have the library, and would be told errors */
	if (!engine_hand_over(&negotiator, handle, &handover, &control))
		return;
	if (steps_of(fd, NULL) != 0 && !is_letter(fd, steps))
		return;
	struct writer writer = writer_over(bytes, sizeof bytes);
	if (handover_encode(&writer, &handover) == OUTCOME_OK)
		attach(fd, bytes);
}

static void take_back(int fd)
{
	struct sock_filter steps[STEPS];
	if (cover_find(fd) != HANDLE_NONE && is_letter(fd, steps))
		detach(fd);
}

static void take_in(int fd)
{
	struct handover handover;
	if (flow_table_find(&negotiator.table, fd) != HANDLE_NONE)
		cover_forget(fd); /* what had this number was closed behind our back */
	bool letter = read_letter(fd, &handover);
	if (negotiator.table.live && process_is_ours() && engine_recognise(&negotiator, fd))
		return;
	if (!letter || !process_start() || !cover_adopt(fd, &handover, -1))
		cover_stranger(fd);
}

static void before(const struct msghdr *message)
{
	if (negotiator.table.live && has_control(message) &&
	    user_can_read(message->msg_control, message->msg_controllen))
		each_descriptor(message, send_along);
}

ssize_t passing_send(int fd, const struct msghdr *message, int flags)
{
	bool readable = negotiator.table.live && user_can_read(message, sizeof *message);
	if (readable)
		before(message);
	ssize_t sent = real.sendmsg(fd, message, flags);
	if (sent < 0 && readable && has_control(message) &&
	    user_can_read(message->msg_control, message->msg_controllen)) {
		int saved = errno;
		each_descriptor(message, take_back);
		errno = saved;
	}
	return sent;
}

static void after(const struct msghdr *message)
{
	int saved = errno;
	if (has_control(message))
		each_descriptor(message, take_in);
	errno = saved;
}

ssize_t passing_receive(int fd, struct msghdr *message, int flags)
{
	ssize_t got = real.recvmsg(fd, message, flags);
	if (got >= 0)
		after(message);
	return got;
}

void passing_before(const struct mmsghdr *messages, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		before(&messages[i].msg_hdr);
}

int passing_after(const struct mmsghdr *messages, int count)
{
	for (int i = 0; i < count; i++)
		after(&messages[i].msg_hdr);
	return count;
}
