#include "preload/stub_job.h"

#include <errno.h>
#include <string.h>

#include "preload/aliases.h"
#include "preload/nameservers.h"
#include "preload/process.h"
#include "preload/stub.h"
#include "preload/stub_asker.h"
#include "preload/stub_call.h"
#include "preload/stub_stream.h"
#include "preload/upstream.h"

/* What is not answered is not answered: how long that lasts is for libc's resolver to say, by its own settings. By a
 * call it would wait for ever. */
enum { AGAIN_MS = 1000, AGAIN_DOUBLINGS = 3, PATIENCE_MS = 20000, STREAM_PATIENCE_MS = 15000 };
enum { GLANCE_MS = 20 }; /* an association that fails wakes nobody up */

struct job {
	bool busy;
	bool edns;             /* the query went out with a wish of our own for long answers */
	uint8_t tried;         /* of its nameservers, in turn */
	uint8_t refusals;      /* of them */
	uint8_t sendings;      /* under this id */
	uint8_t asked;         /* bits: nameservers that have been sent it under this id */
	uint16_t id;           /* upstream */
	_Atomic int direct;    /* a socket of its own, or -1 */
	bool needs_stream;     /* no answer but one by stream will do */
	struct stream *stream; /* on its way as one; NULL: it is not */
	struct asker asker;
	struct name_way way;
	struct dns_question question;
	uint64_t again_ms;
	uint64_t until_ms;
	size_t size;
	uint8_t query[DNS_QUERY_MAX];
};

static struct job jobs[JOBS];
static uint8_t message[DNS_MESSAGE_MAX];

int stub_job_descriptor(int job)
{
	return atomic_load(&jobs[job].direct);
}

void stub_jobs_moved(int fd, int moved)
{
	for (int i = 0; i < JOBS; i++) {
		int known = fd;
		atomic_compare_exchange_strong(&jobs[i].direct, &known, moved);
	}
}

void stub_jobs_clear(void)
{
	for (int i = 0; i < JOBS; i++)
		atomic_store(&jobs[i].direct, -1);
}

static void end(struct job *job)
{
	stub_socket_close(&job->direct);
	stream_abandon(job->stream);
	job->stream = NULL;
	job->busy = false;
}

void stub_jobs_forget(void)
{
	for (int i = 0; i < JOBS; i++)
		if (jobs[i].busy)
			end(&jobs[i]);
	streams_forget();
}

/* Answers */

static size_t limit_of(const struct job *job)
{
	return job->asker.call < 0 ? job->question.room : DNS_MESSAGE_MAX;
}

static void hand_over(const struct asker *asker, const uint8_t *bytes, size_t size)
{
	if (asker->call >= 0) {
		stub_call_answer(asker->call, bytes, size);
		return;
	}
	struct iovec piece = {(void *)(uintptr_t)bytes, size};
	union socket_address to = asker->address;
	const struct msghdr answer = {
	    .msg_name = &to, .msg_namelen = asker->address_size, .msg_iov = &piece, .msg_iovlen = 1};
	stub_socket_send(&stub_desk(asker->desk)->datagrams, &answer);
}

/* Rules for names decide on the addresses that were found for them. */
static void note_addresses(const struct job *job, size_t size)
{
	enum { ADDRESSES = 128 };
	struct endpoint addresses[ADDRESSES];
	if (!job->question.is_plain)
		return;
	size_t count = dns_answer_addresses(message, size, addresses, ADDRESSES);
	for (size_t i = 0; i < count; i++)
		rules_note_name(negotiator.settings->rules, &addresses[i], job->question.name,
				job->question.name_length);
}

/* What a nameserver said: size octets in message. */
static void finish(struct job *job, size_t size)
{
	note_addresses(job, size);
	size = dns_return(message, size, &job->question, job->query, limit_of(job));
	hand_over(&job->asker, message, size);
	end(job);
}

static void finish_with(struct job *job, enum dns_rcode code)
{
	hand_over(&job->asker, message, dns_reply(message, &job->question, job->query, code));
	end(job);
}

static void answer_localhost(struct job *job)
{
	static const uint8_t loopback[16] = {[15] = 1};
	struct endpoint address =
	    job->question.type == DNS_A ? endpoint_ipv4(INADDR_LOOPBACK, 0) : endpoint_from_ipv6(loopback, 0, 0);
	if (job->question.type != DNS_A && job->question.type != DNS_AAAA) {
		finish_with(job, DNS_NO_ERROR);
		return;
	}
	hand_over(&job->asker, message, dns_reply_address(message, &job->question, job->query, &address));
	end(job);
}

static void answer_name_of(struct job *job, const struct endpoint *address)
{
	char name[STAND_IN_NAME_MAX];
	uint8_t length;
	if (!aliases_name_of(address, name, &length)) {
		finish_with(job, DNS_NO_SUCH_NAME);
		return;
	}
	hand_over(&job->asker, message, dns_reply_name(message, &job->question, job->query, name, length));
	end(job);
}

static void answer_stand_in(struct job *job)
{
	const struct dns_question *question = &job->question;
	struct endpoint address;
	if (dns_question_address(question, &address)) {
		answer_name_of(job, &address);
		return;
	}
	int kind = question->type == DNS_A ? ENDPOINT_IPV4 : ENDPOINT_IPV6;
	if (!aliases_stand_in(question->name, question->name_length, kind, &address)) {
		finish_with(job, DNS_SERVER_FAILURE);
		return;
	}
	hand_over(&job->asker, message, dns_reply_address(message, question, job->query, &address));
	end(job);
}

/* Tries */

static size_t turn_of(const struct job *job)
{
	return job->tried % job->way.servers.count;
}

static const struct endpoint *server_of(const struct job *job)
{
	return &job->way.servers.items[turn_of(job)];
}

static bool is_relayed(const struct job *job)
{
	return job->way.kind == NAME_WAY_TUNNEL;
}

/* A datagram that comes back through the relay may be its answer. */
static bool awaits_relay(const struct job *job)
{
	return job->busy && !job->needs_stream && is_relayed(job);
}

static int send_directly(struct job *job, const uint8_t *bytes, size_t size)
{
	struct iovec piece = {(void *)(uintptr_t)bytes, size};
	const struct msghdr query = {.msg_iov = &piece, .msg_iovlen = 1};
	int error = 0;
	if (!(job->asked & 1U << turn_of(job))) {
		stub_socket_close(&job->direct);
		error = upstream_connect(&job->direct, server_of(job));
	}
	return error < 0 ? error : (int)stub_socket_send(&job->direct, &query);
}

/* What was asked before is not waited for any more. */
static void ask_anew(struct job *job)
{
	job->id = (uint16_t)negotiator.world->random();
	job->sendings = 0;
	job->asked = 0;
}

/* Ever later, so that a nameserver is heard however far away it is. */
static int send_query(struct job *job)
{
	uint8_t bytes[DNS_QUERY_MAX + DNS_OPT_SIZE];
	size_t size = dns_forward(bytes, sizeof bytes, &job->question, job->query, job->size, job->id, job->edns);
	job->again_ms = negotiator.world->now_ms() + ((uint64_t)AGAIN_MS << job->sendings);
	job->sendings += job->sendings < AGAIN_DOUBLINGS;
	int error = is_relayed(job) ? upstream_send(server_of(job), bytes, size) : send_directly(job, bytes, size);
	if (is_relayed(job))
		job->asked |= (uint8_t)(1U << turn_of(job));
	else
		job->asked = (uint8_t)(1U << turn_of(job)); /* the socket is connected to that one */
	return error;
}

/* One that cannot be sent to is as good as one that has refused. */
static void try(struct job *job)
{
	while (send_query(job) < 0) {
		job->tried++;
		if (++job->refusals >= job->way.servers.count) {
			finish_with(job, DNS_SERVER_FAILURE);
			return;
		}
	}
}

static void try_next(struct job *job)
{
	job->refusals++;
	job->tried++;
	ask_anew(job);
	try(job);
}

/* Where there are too many already, it waits for one of them to end. */
static void try_as_stream(struct job *job)
{
	job->needs_stream = true;
	job->again_ms = job->until_ms;
	if (!stream_has_room())
		return;
	const struct stream_order order = {.server = *server_of(job),
					   .relayed = is_relayed(job),
					   .query = job->query,
					   .size = job->size,
					   .deadline_ms = negotiator.world->now_ms() + STREAM_PATIENCE_MS};
	job->stream = stream_start(&order);
	job->until_ms = order.deadline_ms + AGAIN_MS;
	job->again_ms = job->until_ms;
	if (!job->stream)
		finish_with(job, DNS_SERVER_FAILURE);
}

static struct job *find_free(void)
{
	for (int i = 0; i < JOBS; i++)
		if (!jobs[i].busy)
			return &jobs[i];
	return NULL;
}

/* An asker that has lost patience asks the same again, and the answer is under way. */
static bool is_known(const struct asker *asker, uint16_t id)
{
	for (int i = 0; i < JOBS; i++)
		if (jobs[i].busy && jobs[i].question.id == id && jobs[i].asker.desk == asker->desk &&
		    jobs[i].asker.call == asker->call && asker->call < 0 &&
		    memcmp(&jobs[i].asker.address, &asker->address, asker->address_size) == 0)
			return true;
	return false;
}

static void start(struct job *job)
{
	struct name_lookup lookup;
	struct nameservers asked;
	stub_desk_lookup(job->asker.desk, &lookup, &asked);
	name_way_choose(&job->way, negotiator.settings, &lookup, &job->question);
	switch (job->way.kind) {
	case NAME_WAY_HERE:
		answer_localhost(job);
		break;
	case NAME_WAY_LOCAL:
	case NAME_WAY_TUNNEL:
		if (job->way.servers.count)
			try(job);
		else
			finish_with(job, DNS_SERVER_FAILURE);
		break;
	case NAME_WAY_STAND_IN:
		answer_stand_in(job);
		break;
	case NAME_WAY_NONE:
		finish_with(job, DNS_SERVER_FAILURE);
		break;
	}
}

void stub_job_accept(const struct asker *asker, const uint8_t *query, size_t size)
{
	struct dns_question question;
	struct job *job = find_free();
	if (!job || !dns_question_read(&question, query, size) || is_known(asker, question.id))
		return;
	uint64_t now = negotiator.world->now_ms();
	job->busy = true;
	job->edns = true;
	job->tried = job->refusals = 0;
	job->needs_stream = false;
	job->stream = NULL;
	job->asker = *asker;
	job->question = question;
	job->until_ms = now + PATIENCE_MS;
	job->again_ms = now + AGAIN_MS;
	job->size = size;
	memcpy(job->query, query, size);
	ask_anew(job);
	start(job);
}

void stub_jobs_take(int desk)
{
	uint8_t query[DNS_QUERY_MAX + 1];
	struct asker asker = {.desk = desk, .call = -1};
	struct iovec piece = {query, sizeof query};
	for (;;) {
		struct msghdr received = {.msg_name = &asker.address,
					  .msg_namelen = sizeof asker.address,
					  .msg_iov = &piece,
					  .msg_iovlen = 1};
		long size = stub_socket_receive(&stub_desk(desk)->datagrams, &received);
		if (size < 0)
			return;
		asker.address_size = received.msg_namelen;
		if (stub_asker_is_ours(IPPROTO_UDP, &asker.address.v4, stub_desk(desk)->port))
			stub_job_accept(&asker, query, (size_t)size);
	}
}

/* What was heard: size octets in message that answer this job. A truncated answer to a datagram has libc ask again by a
 * call, which it gives more time. */
static void hear(struct job *job, size_t size)
{
	enum dns_rcode code = dns_answer_code(message);
	if (dns_answer_is_truncated(message) && job->asker.call >= 0) {
		try_as_stream(job);
	} else if (job->edns && !job->question.opt && (code == DNS_FORMAT_ERROR || code == DNS_NOT_IMPLEMENTED)) {
		job->edns = false; /* an old server */
		ask_anew(job);
		try(job);
	} else if ((code == DNS_SERVER_FAILURE || code == DNS_NOT_IMPLEMENTED || code == DNS_REFUSED) &&
		   (size_t)job->refusals + 1 < job->way.servers.count) {
		try_next(job);
	} else {
		finish(job, size);
	}
}

static bool is_answer(const struct job *job, size_t size)
{
	return job->busy && !job->needs_stream && dns_is_answer(&job->question, job->query, job->id, message, size);
}

/* Through the relay; -1: that one is not waited for. */
static int find_asked(const struct job *job, const struct endpoint *server)
{
	if (!awaits_relay(job))
		return -1;
	for (size_t i = 0; i < job->way.servers.count; i++)
		if (job->asked & 1U << i && endpoint_equal(&job->way.servers.items[i], server))
			return (int)i;
	return -1;
}

/* False: it answers nothing that was asked. *awaited: but its sender is waited for. */
static bool hear_from(const struct endpoint *from, size_t size, bool *awaited)
{
	*awaited = false;
	for (int i = 0; i < JOBS; i++) {
		int asked = find_asked(&jobs[i], from);
		*awaited |= asked >= 0;
		if (asked < 0 || !is_answer(&jobs[i], size))
			continue;
		jobs[i].tried = (uint8_t)asked;
		hear(&jobs[i], size);
		return true;
	}
	return false;
}

/* Also one that has turned to a server of the other family since: its id is the same. */
static bool has_asked_by(const struct job *job, int upstream)
{
	for (size_t i = 0; i < job->way.servers.count; i++)
		if (job->asked & 1U << i && upstream_of(&job->way.servers.items[i]) == upstream)
			return true;
	return false;
}

static void ask_anew_by(int upstream)
{
	for (int i = 0; i < JOBS; i++) {
		struct job *job = &jobs[i];
		if (!awaits_relay(job) || !has_asked_by(job, upstream))
			continue;
		ask_anew(job);
		try(job);
	}
}

/* Wrong answers in a nameserver's name are somebody's guesses at the right one: what they have learnt is thrown away.
 */
void stub_jobs_hear(int upstream)
{
	struct endpoint from;
	ssize_t size;
	bool awaited;
	while ((size = upstream_receive(upstream, message, sizeof message, &from)) >= 0)
		if (!hear_from(&from, (size_t)size, &awaited) && awaited && upstream_is_guessed_at(upstream)) {
			ask_anew_by(upstream);
			return;
		}
}

void stub_job_hear(int number)
{
	struct job *job = &jobs[number];
	struct iovec piece = {message, sizeof message};
	struct msghdr received = {.msg_iov = &piece, .msg_iovlen = 1};
	if (atomic_load(&job->direct) < 0) /* another's place by now */
		return;
	long size = stub_socket_receive(&job->direct, &received);
	if (size >= 0 && is_answer(job, (size_t)size))
		hear(job, (size_t)size);
	else if (size >= 0 || size == -EAGAIN || job->needs_stream)
		return;
	else if ((size_t)job->refusals + 1 < job->way.servers.count) /* nobody listens there */
		try_next(job);
	else
		finish_with(job, DNS_SERVER_FAILURE);
}

static void look_at_stream(struct job *job)
{
	size_t size;
	if (!stream_result(job->stream, message, &size))
		return;
	if (size && dns_is_answer(&job->question, job->query, job->question.id, message, size))
		finish(job, size);
	else
		finish_with(job, DNS_SERVER_FAILURE);
}

static bool is_uncertain(const struct job *job)
{
	return awaits_relay(job) && upstream_is_uncertain(server_of(job));
}

static void give_up(struct job *job)
{
	if (job->asker.call >= 0)
		finish_with(job, DNS_SERVER_FAILURE);
	else
		end(job);
}

static void look_at(struct job *job, uint64_t now_ms)
{
	if (job->stream)
		look_at_stream(job);
	else if (job->needs_stream)
		try_as_stream(job);
	else if (is_relayed(job) && upstream_has_failed(server_of(job)))
		finish_with(job, DNS_SERVER_FAILURE);
	if (!job->busy || now_ms < job->again_ms)
		return;
	if (now_ms >= job->until_ms) {
		give_up(job);
		return;
	}
	job->tried++;
	try(job);
}

void stub_jobs_due(void)
{
	uint64_t now = negotiator.world->now_ms();
	bool busy = false;
	for (int i = 0; i < JOBS; i++) {
		if (jobs[i].busy)
			look_at(&jobs[i], now);
		busy |= jobs[i].busy;
	}
	if (!busy)
		upstreams_rest(now);
}

uint64_t stub_jobs_next_ms(void)
{
	uint64_t next = UINT64_MAX, soon = negotiator.world->now_ms() + GLANCE_MS;
	bool busy = false;
	for (int i = 0; i < JOBS; i++) {
		if (!jobs[i].busy)
			continue;
		busy = true;
		uint64_t due = jobs[i].again_ms < jobs[i].until_ms ? jobs[i].again_ms : jobs[i].until_ms;
		if (is_uncertain(&jobs[i]) && soon < due)
			due = soon;
		next = due < next ? due : next;
	}
	return busy ? next : upstreams_rest_ms();
}

void stub_jobs_call_ended(int call)
{
	for (int i = 0; i < JOBS; i++)
		if (jobs[i].busy && jobs[i].asker.call == call)
			end(&jobs[i]);
}
