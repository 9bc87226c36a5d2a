// SPDX-License-Identifier: Apache-2.0

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.codec.http2.Http2StreamFrame;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Calls Tempo's streaming service over HTTP/2 in clear text. How an answer is cut into messages
 * depends on the moment; compared are the status and what is in them all together: the traces of a
 * search, the tags, the series.
 */
final class EqualGrpc implements AutoCloseable {
  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final URI tempo;
  private final URI spanway;
  private final Map<String, String> identity;

  EqualGrpc(URI tempo, URI spanway, Map<String, String> identity) {
    this.tempo = tempo;
    this.spanway = spanway;
    this.identity = identity;
  }

  /** A call; the numbers of the fields are those of tempo.proto. */
  record Call(String method, String what, ByteString message) {
    static Call search(String query, long start, long end) {
      return call(
          "Search",
          query,
          out -> {
            out.writeUInt32(4, 200);
            out.writeUInt32(5, (int) start);
            out.writeUInt32(6, (int) end);
            out.writeString(8, query);
            out.writeUInt32(9, 3);
          });
    }

    static Call tags(String scope, long start, long end) {
      return call(
          "SearchTagsV2",
          scope,
          out -> {
            out.writeString(1, scope);
            out.writeUInt32(3, (int) start);
            out.writeUInt32(4, (int) end);
          });
    }

    static Call values(String tag, long start, long end) {
      return call(
          "SearchTagValuesV2",
          tag,
          out -> {
            out.writeString(1, tag);
            out.writeUInt32(4, (int) start);
            out.writeUInt32(5, (int) end);
          });
    }

    static Call metrics(String query, long start, long end) {
      return call(
          "MetricsQueryRange",
          query,
          out -> {
            out.writeString(1, query);
            out.writeUInt64(2, start);
            out.writeUInt64(3, end);
            out.writeUInt64(4, 60_000_000_000L);
          });
    }

    private interface Fields {
      void write(CodedOutputStream out) throws IOException;
    }

    private static Call call(String method, String what, Fields fields) {
      var bytes = new ByteArrayOutputStream();
      CodedOutputStream out = CodedOutputStream.newInstance(bytes);
      try {
        fields.write(out);
        out.flush();
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
      return new Call(method, what, ByteString.copyFrom(bytes.toByteArray()));
    }

    @Override
    public String toString() {
      return method + " " + what;
    }
  }

  /** Whether Tempo serves this at all where it is asked. */
  boolean isServed(Call call) throws InterruptedException {
    return ask(tempo, call).status.startsWith("grpc-status");
  }

  /** What differs; null for nothing. */
  String compare(Call call) throws InterruptedException {
    String difference = null;
    for (int i = 0; i < 3; i++) {
      difference =
          EqualMeaning.textDifference(ask(tempo, call).toString(), ask(spanway, call).toString());
      if (difference == null) {
        return null;
      }
    }
    return difference;
  }

  private Answer ask(URI server, Call call) throws InterruptedException {
    Answer answer = new Answer(call.method());
    Channel connection = null;
    try {
      connection = connect(server);
      Channel stream =
          new Http2StreamChannelBootstrap(connection)
              .handler(answer)
              .open()
              .get(10, TimeUnit.SECONDS);
      Http2Headers head =
          new DefaultHttp2Headers()
              .method("POST")
              .scheme("http")
              .authority(server.getAuthority())
              .path("/tempopb.StreamingQuerier/" + call.method())
              .set("content-type", "application/grpc")
              .set("te", "trailers");
      identity.forEach((name, value) -> head.set(name.toLowerCase(Locale.ROOT), value));
      ByteBuf body = Unpooled.buffer().writeByte(0).writeInt(call.message().size());
      body.writeBytes(call.message().toByteArray());
      stream.write(new DefaultHttp2HeadersFrame(head));
      stream.writeAndFlush(new DefaultHttp2DataFrame(body, true));
      answer.over.get(60, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      answer.status = "no answer: " + e.getClass().getSimpleName();
    } finally {
      if (connection != null) {
        connection.close();
      }
    }
    return answer;
  }

  private Channel connect(URI server) throws InterruptedException, ExecutionException {
    Bootstrap bootstrap =
        new Bootstrap()
            .group(group)
            .channel(NioSocketChannel.class)
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel ch) {
                    ch.pipeline()
                        .addLast(Http2FrameCodecBuilder.forClient().build())
                        .addLast(new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()));
                  }
                });
    var future = bootstrap.connect(server.getHost(), server.getPort());
    future.get();
    return future.channel();
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS);
  }

  private static final class Answer extends SimpleChannelInboundHandler<Http2StreamFrame> {
    final CompletableFuture<Void> over = new CompletableFuture<>();
    private final String method;
    private final ByteBuf bytes = Unpooled.buffer();
    private String status = "no status";

    Answer(String method) {
      this.method = method;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, Http2StreamFrame frame) {
      if (frame instanceof Http2DataFrame data) {
        bytes.writeBytes(data.content());
      } else if (frame instanceof Http2HeadersFrame head) {
        CharSequence code = head.headers().get("grpc-status");
        if (code != null) {
          status = "grpc-status " + code + " " + head.headers().get("grpc-message", "");
        } else if (head.headers().status() != null
            && !"200".contentEquals(head.headers().status())) {
          status = "HTTP " + head.headers().status();
        }
        if (head.isEndStream()) {
          over.complete(null);
        }
      } else if (frame instanceof Http2ResetFrame reset) {
        status = "reset " + reset.errorCode();
        over.complete(null);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      over.complete(null);
    }

    @Override
    public String toString() {
      var content = new TreeSet<String>();
      if (!status.startsWith("grpc-status")) {
        return status;
      }
      try {
        while (bytes.readableBytes() >= 5) {
          bytes.skipBytes(1);
          int length = bytes.readInt();
          if (length < 0 || length > bytes.readableBytes()) {
            return status + " cut off";
          }
          byte[] message = new byte[length];
          bytes.readBytes(message);
          CodedInputStream in = CodedInputStream.newInstance(message);
          for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            // The first field is what was asked for, in each of these answers; others are metrics.
            if (WireFormat.getTagFieldNumber(tag) == 1
                && WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
              content.add(name(in.readByteArray()));
            } else {
              in.skipField(tag);
            }
          }
        }
      } catch (IOException | IndexOutOfBoundsException e) {
        return status + " unreadable: " + e.getMessage();
      }
      return status + " " + content;
    }

    /** Of a trace its ID, which partial answers repeat with more; of anything else its fields. */
    private String name(byte[] element) throws IOException {
      var fields = new ArrayList<String>();
      CodedInputStream in = CodedInputStream.newInstance(element);
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        int number = WireFormat.getTagFieldNumber(tag);
        if (WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
          String value = in.readBytes().toString(StandardCharsets.ISO_8859_1);
          if (number == 1 && method.equals("Search")) {
            return value;
          }
          fields.add(number + "=" + value);
        } else {
          in.skipField(tag);
        }
      }
      Collections.sort(fields);
      return fields.toString();
    }
  }
}
