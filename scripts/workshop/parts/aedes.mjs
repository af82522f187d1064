// Serves MQTT as a JSON file says: host, port (WebSocket), plainPort (TCP), user and password, certificate and key.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';

import { Aedes } from 'aedes';
import { WebSocketServer, createWebSocketStream } from 'ws';

const wanted = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const broker = await Aedes.createBroker({
  authenticate(_client, user, password, done) {
    done(null, !wanted.user || (user === wanted.user && String(password) === wanted.password));
  },
});
const server = wanted.certificate
  ? https.createServer({ cert: readFileSync(wanted.certificate), key: readFileSync(wanted.key) })
  : http.createServer();
const sockets = new WebSocketServer({
  server,
  handleProtocols: (offered) => (offered.has('mqtt') ? 'mqtt' : false),
});
sockets.on('connection', (socket, request) => {
  const stream = createWebSocketStream(socket);
  stream.on('error', () => stream.destroy());
  broker.handle(stream, request);
});
net.createServer(broker.handle).listen(wanted.plainPort, wanted.host);
server.listen(wanted.port, wanted.host);
