#include "preload/stub_job.h"

#include <errno.h>
#include <string.h>

#include "core/raw.h"
#include "preload/aliases.h"
#include "preload/nameservers.h"
#include "preload/process.h"
#include "preload/stub.h"
#include "preload/stub_call.h"
#include "preload/stub_stream.h"
#include "preload/upstream.h"

/* What is not answered is not answered: how long that lasts is for libc's resolver to say, by its own settings. */
enum { AGAIN_MS = 1000, PATIENCE_MS = 20000, STREAM_PATIENCE_MS = 15000 };
enum { GLANCE_MS = 20 }; /* an association that fails wakes nobody up */

struct job {
	bool busy;
	bool edns;             /* the query went out with a wish of our own for long answers */
	uint8_t tried;         /* of its nameservers, in turn */
	uint8_t refusals;      /* of them */
	uint16_t id;           /* upstream */
	_Atomic int direct;    /* a socket of its own, or -1 */
	struct stream *stream; /* on its way as a stream; NULL: it is not */
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

/* The threads of streams are the parent's too. */
void stub_jobs_forget(void)
{
	streams_forget();
	for (int i = 0; i < JOBS; i++) {
		jobs[i].stream = NULL;
		if (jobs[i].busy)
			end(&jobs[i]);
	}
}

/* Answers */

static size_t limit_of(const struct job *job)
{
	return job->asker.call < 0 ? job->question.room : DNS_MESSAGE_MAX;
}

static void hand_over(const struct asker *asker, const uint8_t *bytes, size_t size)
{
	if (asker->call >= 0)
		stub_call_answer(asker->call, bytes, size);
	else
		raw_call(SYS_sendto, atomic_load(&stub_desk(asker->desk)->datagrams), bytes, size,
			 MSG_DONTWAIT | MSG_NOSIGNAL, &asker->address, (long)asker->address_size);
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

static const struct endpoint *server_of(const struct job *job)
{
	return &job->way.servers.items[job->tried % job->way.servers.count];
}

static bool is_relayed(const struct job *job)
{
	return job->way.kind == NAME_WAY_TUNNEL;
}

static int send_directly(struct job *job, const uint8_t *bytes, size_t size)
{
	stub_socket_close(&job->direct);
	int fd = upstream_connect(server_of(job));
	if (fd < 0)
		return fd;
	atomic_store(&job->direct, fd);
	return (int)raw_call(SYS_sendto, fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL, 0L, 0L);
}

/* A fresh id for every try: what an earlier one brings back after that is not waited for any more. */
static int send_query(struct job *job)
{
	uint8_t bytes[DNS_QUERY_MAX + DNS_OPT_SIZE];
	job->id = (uint16_t)negotiator.world->random();
	size_t size = dns_forward(bytes, sizeof bytes, &job->question, job->query, job->size, job->id, job->edns);
	job->again_ms = negotiator.world->now_ms() + AGAIN_MS;
	return is_relayed(job) ? upstream_send(server_of(job), bytes, size) : send_directly(job, bytes, size);
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

static void try_as_stream(struct job *job)
{
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
	const struct desk *desk = stub_desk(job->asker.desk);
	const struct name_lookup lookup = {
	    .purpose = desk->purpose, .asked = &desk->asked, .system = nameservers_system()};
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
	job->stream = NULL;
	job->asker = *asker;
	job->question = question;
	job->until_ms = now + PATIENCE_MS;
	job->again_ms = now + AGAIN_MS;
	job->size = size;
	memcpy(job->query, query, size);
	start(job);
}

void stub_jobs_take(int desk)
{
	uint8_t query[DNS_QUERY_MAX + 1];
	struct asker asker = {.desk = desk, .call = -1};
	for (;;) {
		asker.address_size = sizeof asker.address;
		long size = raw_call(SYS_recvfrom, atomic_load(&stub_desk(desk)->datagrams), query, sizeof query,
				     (long)MSG_DONTWAIT, &asker.address, &asker.address_size);
		if (size < 0)
			return;
		stub_job_accept(&asker, query, (size_t)size);
	}
}

/* What was heard: size octets in message that answer this job. */
static void hear(struct job *job, size_t size)
{
	enum dns_rcode code = dns_answer_code(message);
	if (dns_answer_is_truncated(message)) {
		try_as_stream(job);
	} else if (job->edns && !job->question.opt && (code == DNS_FORMAT_ERROR || code == DNS_NOT_IMPLEMENTED)) {
		job->edns = false; /* an old server */
		try(job);
	} else if ((code == DNS_SERVER_FAILURE || code == DNS_NOT_IMPLEMENTED || code == DNS_REFUSED) &&
		   (size_t)job->refusals + 1 < job->way.servers.count) {
		job->refusals++;
		job->tried++;
		try(job);
	} else {
		finish(job, size);
	}
}

static bool is_answer(const struct job *job, size_t size)
{
	return job->busy && !job->stream && dns_is_answer(&job->question, job->query, job->id, message, size);
}

void stub_jobs_hear(int upstream)
{
	struct endpoint from;
	ssize_t size;
	while ((size = upstream_receive(upstream, message, sizeof message, &from)) >= 0)
		for (int i = 0; i < JOBS; i++)
			if (is_answer(&jobs[i], (size_t)size) && is_relayed(&jobs[i]) &&
			    endpoint_equal(server_of(&jobs[i]), &from)) {
				hear(&jobs[i], (size_t)size);
				break;
			}
}

void stub_job_hear(int number)
{
	struct job *job = &jobs[number];
	long size =
	    raw_call(SYS_recvfrom, atomic_load(&job->direct), message, sizeof message, (long)MSG_DONTWAIT, 0L, 0L);
	if (size >= 0 && is_answer(job, (size_t)size))
		hear(job, (size_t)size);
	else if (size < 0 && size != -EAGAIN && job->busy) { /* nobody listens there */
		job->tried++;
		if (++job->refusals >= job->way.servers.count)
			finish_with(job, DNS_SERVER_FAILURE);
		else
			try(job);
	}
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
	return job->busy && !job->stream && is_relayed(job) && upstream_is_uncertain(server_of(job));
}

static void look_at(struct job *job, uint64_t now_ms)
{
	if (job->stream)
		look_at_stream(job);
	else if (is_relayed(job) && upstream_has_failed(server_of(job)))
		finish_with(job, DNS_SERVER_FAILURE);
	if (!job->busy || now_ms < job->again_ms)
		return;
	if (now_ms >= job->until_ms) {
		end(job);
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
