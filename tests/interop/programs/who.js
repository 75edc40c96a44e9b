// Asks an echo peer who it hears. Arguments: TYPE HOST PORT.
const [type, host, port] = process.argv.slice(2);
const socket = require('dgram').createSocket(type);
socket.on('message', (payload) => {
	console.log(String(payload));
	socket.close();
});
socket.send('!who', port, host);
