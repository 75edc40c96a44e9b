// All of Node's dgram, an observation a line. Arguments: HOST PORT of two IPv4 peers and an IPv6 one.
'use strict';
const dgram = require('dgram');
const cluster = require('cluster');
const dns = require('dns');
const { once } = require('events');

const [hostA, portA, hostB, portB, host6, port6] = process.argv.slice(2);
const names = { [`${hostA}@${portA}`]: 'A', [`${hostB}@${portB}`]: 'B', [`${host6}@${port6}`]: 'SIX',
	[`::ffff:${hostA}@${portA}`]: 'mapped A' };

const observe = (name, outcome) => console.log(`${name}: ${outcome}`);
const peer = ({ address, port, family }) => `${names[`${address}@${port}`] ?? address} ${family}`;
const attempt = (name, action) => {
	try {
		observe(name, action() ?? 'done');
	} catch (error) {
		observe(name, error.code ?? error.name);
	}
};

async function answer(name, socket) {
	const [payload, info] = await once(socket, 'message');
	observe(name, `${payload.length > 40 ? payload.length : payload} from ${peer(info)} size ${info.size}`);
}

const sending = (socket, ...parameters) => new Promise((resolve) => {
	socket.send(...parameters, (error, size) => resolve(error ? error.code : size));
});

async function exchange(name, socket, ...parameters) {
	const answered = answer(`${name} answer`, socket);
	observe(`${name} sent`, await sending(socket, ...parameters));
	await answered;
}

async function closed(socket) {
	socket.close();
	await once(socket, 'close');
}

async function sendForms() {
	const socket = dgram.createSocket('udp4');
	const bytes = Buffer.from('some octets');
	await exchange('send string', socket, 'text', portA, hostA);
	await exchange('send buffer', socket, bytes, portA, hostA);
	await exchange('send part', socket, bytes, 5, 6, portA, hostA);
	await exchange('send typed array', socket, new Uint8Array([97, 98, 99]), portB, hostB);
	await exchange('send data view', socket, new DataView(new ArrayBuffer(3)), portB, hostB);
	await exchange('send list', socket, [Buffer.from('one '), 'two ', bytes], portA, hostA);
	await exchange('send nothing', socket, '', portA, hostA);
	await exchange('send large', socket, Buffer.alloc(9000, 'x'), portA, hostA);
	observe('send too large', await sending(socket, Buffer.alloc(65508), portA, hostA));
	attempt('send without port', () => socket.send('x'));
	attempt('send to port 0', () => socket.send('x', 0, hostA));
	attempt('send a number', () => socket.send(5, portA, hostA));
	attempt('send beyond the end', () => socket.send(bytes, 5, 60, portA, hostA));
	const address = socket.address();
	observe('address', `${address.address} ${address.family} ${address.port > 0}`);
	attempt('remoteAddress unconnected', () => socket.remoteAddress());
	attempt('disconnect unconnected', () => socket.disconnect());
	await closed(socket);
	attempt('send closed', () => socket.send('x', portA, hostA));
	attempt('close closed', () => socket.close());
	attempt('address closed', () => socket.address());
}

async function connected() {
	const socket = dgram.createSocket('udp4');
	socket.connect(portA, hostA);
	await once(socket, 'connect');
	observe('connect remote', peer(socket.remoteAddress()));
	observe('connect local', socket.address().port > 0);
	await exchange('connected send', socket, 'connected');
	await exchange('connected part', socket, Buffer.from('abcdef'), 2, 2);
	await exchange('connected list', socket, ['a', 'b']);
	attempt('connect again', () => socket.connect(portB, hostB));
	const port = socket.address().port;
	socket.disconnect();
	attempt('disconnected remote', () => socket.remoteAddress());
	socket.connect(portB, hostB);
	await once(socket, 'connect');
	observe('reconnect remote', peer(socket.remoteAddress()));
	await exchange('reconnected send', socket, 'moved');
	observe('port', port > 0);
	await closed(socket);
}

async function boundSockets() {
	const socket = dgram.createSocket('udp4', (payload, info) => observe('listener', `${payload} from ${peer(info)}`));
	socket.bind(0, '127.0.0.1');
	await once(socket, 'listening');
	observe('bind address', `${socket.address().address} ${socket.address().port > 0}`);
	attempt('bind again', () => socket.bind());
	await exchange('bound send', socket, 'bound', portA, hostA);
	const other = dgram.createSocket('udp4');
	other.bind(socket.address().port, '127.0.0.1');
	const [error] = await once(other, 'error');
	observe('bind taken', error.code);
	await closed(socket);
	const shared = [dgram.createSocket({ type: 'udp4', reuseAddr: true }), dgram.createSocket({ type: 'udp4', reuseAddr: true })];
	shared[0].bind({ port: 0, exclusive: true });
	await once(shared[0], 'listening');
	shared[1].bind({ port: shared[0].address().port, exclusive: true });
	await once(shared[1], 'listening');
	observe('reuseAddr', shared[0].address().port === shared[1].address().port);
	await exchange('reuseAddr send', shared[1], 'shared', portA, hostA);
	await Promise.all(shared.map(closed));
	const wrong = dgram.createSocket('udp4');
	wrong.bind(0, '192.0.2.200');
	observe('bind foreign', (await once(wrong, 'error'))[0].code);
}

async function options() {
	const socket = dgram.createSocket({ type: 'udp4', recvBufferSize: 20000, sendBufferSize: 30000 });
	attempt('setTTL unbound', () => socket.setTTL(5));
	attempt('getRecvBufferSize unbound', () => socket.getRecvBufferSize());
	socket.bind();
	await once(socket, 'listening');
	attempt('getRecvBufferSize', () => socket.getRecvBufferSize());
	attempt('getSendBufferSize', () => socket.getSendBufferSize());
	attempt('setRecvBufferSize', () => socket.setRecvBufferSize(50000));
	attempt('getRecvBufferSize again', () => socket.getRecvBufferSize());
	attempt('setSendBufferSize', () => socket.setSendBufferSize(60000));
	attempt('getSendBufferSize again', () => socket.getSendBufferSize());
	attempt('getSendQueueSize', () => socket.getSendQueueSize());
	attempt('getSendQueueCount', () => socket.getSendQueueCount());
	attempt('setBroadcast', () => socket.setBroadcast(true));
	attempt('setTTL', () => socket.setTTL(17));
	attempt('setTTL 0', () => socket.setTTL(0));
	attempt('setTTL 256', () => socket.setTTL(256));
	attempt('setMulticastTTL', () => socket.setMulticastTTL(3));
	attempt('setMulticastTTL 300', () => socket.setMulticastTTL(300));
	attempt('setMulticastLoopback', () => socket.setMulticastLoopback(false));
	attempt('setMulticastInterface', () => socket.setMulticastInterface('127.0.0.1'));
	attempt('setMulticastInterface wrong', () => socket.setMulticastInterface('nonsense'));
	attempt('addMembership', () => socket.addMembership('239.1.2.3', '127.0.0.1'));
	attempt('addMembership twice', () => socket.addMembership('239.1.2.3', '127.0.0.1'));
	attempt('addMembership wrong', () => socket.addMembership('10.1.2.3', '127.0.0.1'));
	attempt('dropMembership', () => socket.dropMembership('239.1.2.3', '127.0.0.1'));
	attempt('dropMembership twice', () => socket.dropMembership('239.1.2.3', '127.0.0.1'));
	attempt('addSourceSpecificMembership', () => socket.addSourceSpecificMembership('127.0.0.1', '232.1.2.3', '127.0.0.1'));
	attempt('dropSourceSpecificMembership', () => socket.dropSourceSpecificMembership('127.0.0.1', '232.1.2.3', '127.0.0.1'));
	attempt('ref', () => socket.ref() === socket);
	attempt('unref', () => socket.unref() === socket);
	socket.ref();
	await exchange('options send', socket, 'with options', portA, hostA);
	const many = [];
	for (let i = 0; i < 20; i++)
		many.push(sending(socket, `!silent ${i}`, portB, hostB));
	observe('twenty at once', (await Promise.all(many)).join(' '));
	observe('queue after', `${socket.getSendQueueSize()} ${socket.getSendQueueCount()}`);
	await closed(socket);
}

async function multicast() {
	const socket = dgram.createSocket({ type: 'udp4', reuseAddr: true });
	socket.bind();
	await once(socket, 'listening');
	socket.setMulticastInterface('127.0.0.1');
	socket.addMembership('239.1.2.4', '127.0.0.1');
	const arrived = once(socket, 'message');
	observe('multicast sent', await sending(socket, 'group', socket.address().port, '239.1.2.4'));
	observe('multicast arrived', `${(await arrived)[0]} from itself ${(await arrived)[1].port === socket.address().port}`);
	await closed(socket);
}

async function lookups() {
	let asked = '';
	const socket = dgram.createSocket({ type: 'udp4', lookup: (host, options, callback) => {
		asked += ` ${host}`;
		callback(host === 'nowhere.test' ? new Error('no such') : null, host === 'peer.test' ? hostA : host, 4);
	} });
	await exchange('lookup send', socket, 'named', portA, 'peer.test');
	observe('lookup asked', asked.trim());
	socket.send('x', portA, 'nowhere.test');
	observe('lookup failed', (await once(socket, 'error'))[0].message);
	await closed(socket);
	const missing = dgram.createSocket('udp4');
	observe('dns failed', await sending(missing, 'x', portA, 'no.such.name.invalid').then((code) => code !== 1));
	await closed(missing);
}

async function aborted() {
	const controller = new AbortController();
	const socket = dgram.createSocket({ type: 'udp4', signal: controller.signal });
	await exchange('signal send', socket, 'before', portA, hostA);
	controller.abort();
	await once(socket, 'close');
	attempt('signal closed', () => socket.address());
	attempt('signal aborted before', () => {
		dgram.createSocket({ type: 'udp4', signal: controller.signal }).once('close', () => observe('signal close', 'closed'));
	});
	attempt('signal wrong', () => dgram.createSocket({ type: 'udp4', signal: 5 }));
	attempt('type wrong', () => dgram.createSocket('udp5'));
}

async function six() {
	const socket = dgram.createSocket('udp6');
	await exchange('udp6 send', socket, 'six', port6, host6);
	observe('udp6 address', `${socket.address().address} ${socket.address().family}`);
	attempt('udp6 setMulticastInterface', () => socket.setMulticastInterface('::%lo'));
	attempt('udp6 addMembership', () => socket.addMembership('ff01::1234', '::%lo'));
	await closed(socket);
	const mapped = dgram.createSocket('udp6');
	await exchange('mapped send', mapped, 'mapped', portA, `::ffff:${hostA}`);
	await closed(mapped);
	const only = dgram.createSocket({ type: 'udp6', ipv6Only: true });
	await exchange('ipv6Only send', only, 'only', port6, host6);
	observe('ipv6Only mapped', await sending(only, 'x', portA, `::ffff:${hostA}`));
	await closed(only);
	const connectedSix = dgram.createSocket('udp6');
	connectedSix.connect(port6, host6);
	await once(connectedSix, 'connect');
	observe('udp6 remote', peer(connectedSix.remoteAddress()));
	await exchange('udp6 connected', connectedSix, 'six again');
	await closed(connectedSix);
}

async function iterated() {
	const socket = dgram.createSocket('udp4');
	const order = [];
	socket.on('message', (payload) => order.push(String(payload)) === 30 && socket.emit('all'));
	for (let i = 0; i < 30; i++)
		socket.send(`${i}`, portA, hostA);
	await once(socket, 'all');
	observe('thirty in order', order.every((each, i) => each === `${i}`));
	socket[Symbol.asyncDispose] ? await socket[Symbol.asyncDispose]() : await closed(socket);
}

async function worker() {
	const socket = dgram.createSocket('udp4');
	socket.bind(0);
	await once(socket, 'listening');
	const answered = once(socket, 'message');
	await sending(socket, `worker`, portB, hostB);
	const [payload, info] = await answered;
	process.send({ name: `cluster ${process.env.NUMBER}`, outcome: `${payload} from ${peer(info)}` });
	socket.close();
	process.disconnect();
}

async function clustered() {
	for (const NUMBER of ['first', 'second']) {
		const child = cluster.fork({ NUMBER });
		const [{ name, outcome }] = await once(child, 'message');
		observe(name, outcome);
		const [code] = await once(child, 'exit');
		observe(`${name} exit`, code);
	}
}

async function main() {
	for (const part of [sendForms, connected, boundSockets, options, multicast, lookups, aborted, six, iterated, clustered])
		await part();
}

(cluster.isPrimary ? main() : worker()).catch((error) => {
	console.error(error);
	process.exit(1);
});
