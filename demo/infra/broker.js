/**
 * A small message broker that speaks AMQP 0-9-1, so that the shop uses the ordinary `amqplib` client and the trace
 * crosses the queue in the message's own headers, as it would with RabbitMQ. Default exchange only: a message goes to
 * the queue its routing key names. Queues live in memory; unacknowledged messages of a lost consumer are given out
 * again. PORT is where it listens; virtual hosts are apart.
 */
'use strict';
const { createServer } = require('node:net');
const { dirname, join } = require('node:path');

// The client's own codec has both directions of the protocol; its package exports only the client, hence the path.
const codec = join(dirname(require.resolve('amqplib')), 'lib');
const defs = require(join(codec, 'defs.js'));
const { makeBodyFrame, parseFrame, decodeFrame, HEARTBEAT, HEARTBEAT_BUF } = require(join(codec, 'frame.js'));

const FRAME_MAX = 128 * 1024;
const HEARTBEAT_SECONDS = 30;
const PROTOCOL_HEADER_BYTES = 8;

/** @type {Map<string, { name: string, ready: object[], consumers: object[] }>} key: virtual host, NUL, name */
const queues = new Map();

function queueOf(vhost, name) {
  const key = `${vhost}\0${name}`;
  let queue = queues.get(key);
  if (queue === undefined) queues.set(key, (queue = { name, ready: [], consumers: [] }));
  return queue;
}

/** Gives ready messages to consumers in turn while their prefetch allows. */
function drain(queue) {
  while (queue.ready.length > 0) {
    const index = queue.consumers.findIndex((c) => c.prefetch === 0 || c.unacked < c.prefetch);
    if (index < 0) return;
    const [consumer] = queue.consumers.splice(index, 1);
    queue.consumers.push(consumer);
    consumer.deliver(queue.ready.shift());
  }
}

class Connection {
  constructor(socket) {
    this.socket = socket;
    this.vhost = '/';
    this.channels = new Map();
    this.buffered = Buffer.alloc(0);
    this.greeted = false;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => this.take(bytes));
    socket.on('error', () => {});
    socket.on('close', () => this.end());
    this.beat = setInterval(() => socket.write(HEARTBEAT_BUF), (HEARTBEAT_SECONDS * 1000) / 2);
  }

  send(channel, method, fields = {}) {
    this.socket.write(defs.encodeMethod(method, channel, fields));
  }

  take(bytes) {
    this.buffered = this.buffered.length === 0 ? bytes : Buffer.concat([this.buffered, bytes]);
    if (!this.greeted) {
      if (this.buffered.length < PROTOCOL_HEADER_BYTES) return;
      this.buffered = this.buffered.subarray(PROTOCOL_HEADER_BYTES);
      this.greeted = true;
      this.send(0, defs.ConnectionStart, {
        versionMajor: 0,
        versionMinor: 9,
        // The client's instrumentation names the messaging system after this.
        serverProperties: { product: 'RabbitMQ', capabilities: { publisher_confirms: true, 'basic.nack': true } },
        mechanisms: Buffer.from('PLAIN'),
        locales: Buffer.from('en_US'),
      });
    }
    try {
      for (let frame = parseFrame(this.buffered, 0); frame; frame = parseFrame(this.buffered, 0)) {
        this.buffered = frame.rest;
        const decoded = decodeFrame(frame);
        if (decoded !== HEARTBEAT) this.handle(decoded);
      }
    } catch (error) {
      console.error(`connection dropped: ${error.message}`);
      this.socket.destroy();
    }
  }

  channel(number) {
    let channel = this.channels.get(number);
    if (channel === undefined) {
      channel = { number, prefetch: 0, nextTag: 1, unacked: new Map(), consumers: [], confirms: false, published: 0 };
      this.channels.set(number, channel);
    }
    return channel;
  }

  handle(frame) {
    const channel = this.channel(frame.channel);
    if (frame.content !== undefined) return this.body(channel, frame.content);
    const { fields } = frame;
    const reply = (method, answer) => this.send(frame.channel, method, answer);
    switch (frame.id) {
      case defs.ConnectionStartOk:
        return reply(defs.ConnectionTune, { channelMax: 2047, frameMax: FRAME_MAX, heartbeat: HEARTBEAT_SECONDS });
      case defs.ConnectionTuneOk:
        return;
      case defs.ConnectionOpen:
        this.vhost = fields.virtualHost;
        return reply(defs.ConnectionOpenOk, { knownHosts: '' });
      case defs.ConnectionClose:
        reply(defs.ConnectionCloseOk);
        return this.socket.end();
      case defs.ChannelOpen:
        return reply(defs.ChannelOpenOk, { channelId: Buffer.alloc(0) });
      case defs.ChannelClose:
        this.endChannel(channel);
        return reply(defs.ChannelCloseOk);
      case defs.ConfirmSelect:
        channel.confirms = true;
        return reply(defs.ConfirmSelectOk);
      case defs.QueueDeclare: {
        const queue = queueOf(this.vhost, fields.queue);
        return reply(defs.QueueDeclareOk, {
          queue: queue.name,
          messageCount: queue.ready.length,
          consumerCount: queue.consumers.length,
        });
      }
      case defs.BasicQos:
        channel.prefetch = fields.prefetchCount;
        return reply(defs.BasicQosOk);
      case defs.BasicConsume:
        return this.consume(channel, fields);
      case defs.BasicPublish:
        channel.publishing = { routingKey: fields.routingKey, exchange: fields.exchange, parts: [], left: 0 };
        return;
      case defs.BasicProperties:
        channel.publishing.properties = fields;
        channel.publishing.left = frame.size;
        if (frame.size === 0) this.published(channel);
        return;
      case defs.BasicAck:
        return this.settle(channel, fields, false);
      case defs.BasicNack:
      case defs.BasicReject:
        return this.settle(channel, fields, fields.requeue);
      case defs.BasicCancel: {
        for (const consumer of channel.consumers.filter((c) => c.tag === fields.consumerTag)) this.leave(consumer);
        return reply(defs.BasicCancelOk, { consumerTag: fields.consumerTag });
      }
      default:
        throw new Error(`method ${frame.id >>> 16}.${frame.id & 0xffff} is not implemented`);
    }
  }

  body(channel, content) {
    const message = channel.publishing;
    message.parts.push(content);
    message.left -= content.length;
    if (message.left <= 0) this.published(channel);
  }

  published(channel) {
    const { routingKey, properties, parts } = channel.publishing;
    channel.publishing = undefined;
    const queue = queueOf(this.vhost, routingKey);
    queue.ready.push({ routingKey, properties, body: Buffer.concat(parts), redelivered: false });
    channel.published++;
    if (channel.confirms) this.send(channel.number, defs.BasicAck, { deliveryTag: channel.published, multiple: false });
    drain(queue);
  }

  consume(channel, { queue: name, consumerTag, noAck }) {
    const queue = queueOf(this.vhost, name);
    const tag = consumerTag || `consumer-${process.hrtime.bigint()}`;
    const consumer = { tag, queue, channel, prefetch: channel.prefetch, unacked: 0 };
    consumer.deliver = (message) => {
      const deliveryTag = channel.nextTag++;
      if (!noAck) {
        consumer.unacked++;
        channel.unacked.set(deliveryTag, { message, consumer });
      }
      this.send(channel.number, defs.BasicDeliver, {
        consumerTag: tag,
        deliveryTag,
        redelivered: message.redelivered,
        exchange: '',
        routingKey: message.routingKey,
      });
      this.socket.write(
        defs.encodeProperties(defs.BasicProperties, channel.number, message.body.length, message.properties),
      );
      for (let at = 0; at < message.body.length; at += FRAME_MAX - 8)
        this.socket.write(makeBodyFrame(channel.number, message.body.subarray(at, at + FRAME_MAX - 8)));
    };
    channel.consumers.push(consumer);
    this.send(channel.number, defs.BasicConsumeOk, { consumerTag: tag });
    queue.consumers.push(consumer);
    drain(queue);
  }

  settle(channel, { deliveryTag, multiple }, requeue) {
    const tags = multiple ? [...channel.unacked.keys()].filter((tag) => tag <= deliveryTag) : [deliveryTag];
    for (const tag of tags) {
      const given = channel.unacked.get(tag);
      if (given === undefined) continue;
      channel.unacked.delete(tag);
      given.consumer.unacked--;
      if (requeue) given.consumer.queue.ready.unshift({ ...given.message, redelivered: true });
      drain(given.consumer.queue);
    }
  }

  leave(consumer) {
    const { queue, channel } = consumer;
    queue.consumers = queue.consumers.filter((c) => c !== consumer);
    channel.consumers = channel.consumers.filter((c) => c !== consumer);
  }

  endChannel(channel) {
    for (const consumer of channel.consumers) this.leave(consumer);
    for (const { message, consumer } of [...channel.unacked.values()].reverse()) {
      consumer.queue.ready.unshift({ ...message, redelivered: true });
      drain(consumer.queue);
    }
    this.channels.delete(channel.number);
  }

  end() {
    clearInterval(this.beat);
    for (const channel of [...this.channels.values()]) this.endChannel(channel);
  }
}

const server = createServer((socket) => new Connection(socket));
server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log(`broker on ${process.env.PORT}`));
process.on('SIGTERM', () => process.exit(0));
