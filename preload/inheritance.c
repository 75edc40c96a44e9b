#include "preload/inheritance.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/raw.h"
#include "preload/cookie.h"
#include "preload/cover.h"
#include "preload/open_descriptors.h"
#include "preload/own.h"

#define MAGIC "socks5udp flows 1" /* of a list, before its entries */
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* Handing over */

static bool open_list(struct inheritance *inheritance)
{
	long list = own_make_briefly(SYS_memfd_create, (long)"flows", MFD_ALLOW_SEALING | MFD_CLOEXEC, 0, 0);
	if (list < 0)
		return false;
	inheritance->list = inheritance->copy((int)list);
	raw_call(SYS_close, list);
	return inheritance->list >= 0 &&
	       raw_call(SYS_write, inheritance->list, MAGIC, sizeof MAGIC) == (long)sizeof MAGIC;
}

static void add_control(struct inheritance *inheritance, struct handover *handover, int control)
{
	if (control < 0 || inheritance->count == HEIRS_MAX || cookie_of(control, &handover->control_cookie))
		return;
	handover->control = inheritance->copy(control);
	if (handover->control >= 0)
		inheritance->copies[inheritance->count++] = handover->control;
}

static bool add(struct inheritance *inheritance, flow_handle handle)
{
	struct handover handover;
	uint8_t bytes[HANDOVER_SIZE];
	int control;
	if (!engine_hand_over(&negotiator, handle, &handover, &control))
		return true;
	if (inheritance->list < 0 && !open_list(inheritance))
		return false;
	add_control(inheritance, &handover, control);
	struct writer writer = writer_over(bytes, sizeof bytes);
	return handover_encode(&writer, &handover) == OUTCOME_OK &&
	       raw_call(SYS_write, inheritance->list, bytes, sizeof bytes) == (long)sizeof bytes;
}

static bool stays_open(int fd)
{
	return !(raw_call(SYS_fcntl, fd, F_GETFD) & FD_CLOEXEC); /* nor does one that is not open */
}

static bool was_added(flow_handle handle, const flow_handle *added, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (added[i] == handle)
			return true;
	return false;
}

static bool add_all(struct inheritance *inheritance, bool all)
{
	flow_handle added[HEIRS_MAX];
	unsigned count = 0, from = 0;
	int fd;
	while (count < HEIRS_MAX && (fd = flow_table_next_descriptor(&negotiator.table, from, UINT32_MAX)) >= 0) {
		flow_handle handle = flow_table_find(&negotiator.table, fd);
		from = (unsigned)fd + 1;
		if (!handle_is_flow(handle) || was_added(handle, added, count) || (!all && !stays_open(fd)))
			continue;
		if (!add(inheritance, handle))
			return false;
		added[count++] = handle;
	}
	return inheritance->list < 0 || raw_call(SYS_fcntl, inheritance->list, F_ADD_SEALS, SEALS) == 0;
}

void inheritance_prepare(struct inheritance *inheritance, unsigned way)
{
	inheritance->copy = way & INHERITANCE_LOW ? own_copy_low_for_exec : own_copy_for_exec;
	inheritance->list = -1;
	inheritance->count = 0;
	if (!process_is_ours() && !process_is_borrowed()) /* no flow was ever made */
		return;
	if (negotiator.table.live == 0)
		return;
	/* A child of vfork has moved its descriptors without the table's knowing. */
	if (!add_all(inheritance, way & INHERITANCE_ALL || process_is_borrowed()))
		inheritance_close(inheritance);
}

void inheritance_close(struct inheritance *inheritance)
{
	if (inheritance->list >= 0)
		raw_call(SYS_close, inheritance->list);
	inheritance->list = -1;
	while (inheritance->count)
		raw_call(SYS_close, inheritance->copies[--inheritance->count]);
}

/* Taking over */

/* Only a list that nobody can change is believed, and then each entry for itself. */
static bool is_list(int fd)
{
	char magic[sizeof MAGIC];
	return fd > STDERR_FILENO && raw_call(SYS_fcntl, fd, F_GET_SEALS) == SEALS &&
	       raw_call(SYS_pread64, fd, magic, sizeof magic, RAW_OFFSET(0L)) == (long)sizeof magic &&
	       memcmp(magic, MAGIC, sizeof magic) == 0;
}

struct heir {
	const struct handover *handover;
	int control; /* an own descriptor by now, or -1; is given away once */
	bool adopted;
};

struct heirs {
	struct handover handovers[HEIRS_MAX];
	struct heir list[HEIRS_MAX];
	size_t count;
};

static void adopt(int fd, void *context)
{
	struct heirs *heirs = context;
	uint64_t cookie;
	if (cookie_of(fd, &cookie))
		return;
	for (size_t i = 0; i < heirs->count; i++) {
		struct heir *heir = &heirs->list[i];
		if (heir->handover->cookie != cookie)
			continue;
		if (heir->adopted) {
			engine_recognise(&negotiator, fd);
		} else if (cover_adopt(fd, heir->handover, heir->control)) {
			heir->adopted = true;
			heir->control = -1;
		}
		return;
	}
}

/* The copy that was made for us, and nothing else that has its number by now. */
static int take_control(const struct handover *handover)
{
	uint64_t cookie;
	if (handover->control <= STDERR_FILENO || cookie_of(handover->control, &cookie) ||
	    cookie != handover->control_cookie || handover->view.phase != PHASE_READY)
		return -1;
	uint64_t mask = negotiator_lock(&negotiator);
	int control = own_copy(handover->control);
	negotiator_unlock(&negotiator, mask);
	raw_call(SYS_close, handover->control);
	return control;
}

static void read_list(int list, struct heirs *heirs)
{
	uint8_t bytes[HANDOVER_SIZE];
	long at = sizeof MAGIC;
	while (heirs->count < HEIRS_MAX &&
	       raw_call(SYS_pread64, list, bytes, sizeof bytes, RAW_OFFSET(at)) == (long)sizeof bytes) {
		struct reader reader = reader_of(bytes, sizeof bytes);
		at += (long)sizeof bytes;
		if (handover_decode(&reader, &heirs->handovers[heirs->count]) == OUTCOME_OK)
			heirs->count++;
	}
}

static void take(struct heirs *heirs)
{
	for (size_t i = 0; i < heirs->count; i++)
		heirs->list[i] = (struct heir){&heirs->handovers[i], take_control(&heirs->handovers[i]), false};
	open_descriptors(adopt, heirs);
	uint64_t mask = negotiator_lock(&negotiator);
	for (size_t i = 0; i < heirs->count; i++)
		if (heirs->list[i].control >= 0)
			own_close(heirs->list[i].control);
	negotiator_unlock(&negotiator, mask);
	atomic_store(&process_has_relatives, true);
}

static void take_list(int fd)
{
	struct heirs *heirs = mmap(NULL, sizeof *heirs, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (heirs != MAP_FAILED) {
		read_list(fd, heirs);
		if (heirs->count && process_start())
			take(heirs);
		munmap(heirs, sizeof *heirs);
	}
	raw_call(SYS_close, fd);
}

/* What is left to do once all lists are taken. */
struct sight {
	bool takes_lists;
	bool sockets;
};

static void look_at(int fd, void *context)
{
	struct sight *sight = context;
	uint64_t cookie;
	if (sight->takes_lists && is_list(fd))
		take_list(fd);
	else if (!sight->sockets)
		sight->sockets = cookie_of(fd, &cookie) == 0;
}

static void cover(int fd, void *context)
{
	(void)context;
	cover_stranger(fd);
}

void inheritance_take(void)
{
	struct sight sight = {.takes_lists = !getauxval(AT_SECURE)};
	open_descriptors(look_at, &sight);
	if (sight.sockets)
		open_descriptors(cover, NULL);
}
