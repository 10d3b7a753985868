// tests/clients/servers/JavaServer.java - an echo server in Java, a thread for each client.
// Build: javac JavaServer.java        Run: java JavaServer PATH
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

public class JavaServer {
    static void serve(SocketChannel client) {
        var buffer = ByteBuffer.allocate(65536);
        try (client) {
            while (client.read(buffer.clear()) != -1) client.write(buffer.flip());
        } catch (IOException gone) {
            System.err.println(gone);
        }
    }

    public static void main(String[] arguments) throws IOException {
        var listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(arguments[0]));
        for (;;) {
            var client = listener.accept();
            new Thread(() -> serve(client)).start();
        }
    }
}
