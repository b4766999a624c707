package clients;

import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/**
 * The user with a browser: keeps cookies, follows redirects one by one, fills in the forms of sign-in pages. The pages
 * are well-formed XML as well as HTML, so the parser of the JDK reads them. No script is run.
 */
final class Browser {
    /** More pages than this are a loop. */
    private static final int MOST_PAGES = 16;
    private static final List<String> GOING_ON = List.of("sign-in", "allow", "continue", "sign-out");
    private static final Map<String, String> TYPED = Map.of("username", "alice", "password", "wonderland");

    private final HttpClient http = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NEVER).build();
    /** Of the server, the only site that this browser visits. The JDK's own jar sends them in the form of RFC 2965. */
    private final Map<String, String> cookies = new TreeMap<>();

    /**
     * Opens an address, signs in and approves where that is asked for, and gives the address by which the client is
     * called back, which is not opened.
     */
    URI open(URI address, URI door) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(address);
        for (int pages = 0; pages < MOST_PAGES; pages += 1) {
            URI here = request.build().uri();
            if (here.toString().startsWith(door.toString())) {
                return here;
            }
            HttpResponse<String> answer = send(request);
            Optional<String> location = answer.headers().firstValue("location");
            if (location.isPresent()) {
                request = HttpRequest.newBuilder(here.resolve(location.get()));
            } else {
                request = press(answer);
            }
        }
        throw new AssertionError("after " + MOST_PAGES + " pages there is still another: " + request.build().uri());
    }

    /** Sends a request with the cookies, and keeps those that come back. */
    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        String kept = cookies.entrySet().stream().map(Map.Entry::toString).collect(Collectors.joining("; "));
        HttpRequest ready = kept.isEmpty() ? request.build() : request.header("cookie", kept).build();
        HttpResponse<String> answer = http.send(ready, HttpResponse.BodyHandlers.ofString());
        for (String cookie : answer.headers().allValues("set-cookie")) {
            String[] pair = cookie.split(";", 2)[0].split("=", 2);
            cookies.put(pair[0], pair[1]);
        }
        return answer;
    }

    /** Fills in the page and presses its button. */
    private static HttpRequest.Builder press(HttpResponse<String> answer) throws Exception {
        byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
        Document page =
            DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new ByteArrayInputStream(bytes));
        Optional<Element> button =
            elements(page, "button").filter(found -> GOING_ON.contains(found.getAttribute("id"))).findFirst();
        boolean alert = elements(page, "*").anyMatch(found -> found.getAttribute("role").equals("alert"));
        if (answer.statusCode() != 200 || button.isEmpty() || alert) {
            throw new AssertionError(answer.uri() + " answered " + answer.statusCode() + ": " + answer.body());
        }
        Element form = elements(page, "form").filter(found -> owns(found, button.get())).findFirst().orElseThrow();
        StringJoiner body = new StringJoiner("&");
        elements(form, "input").filter(Browser::isSent).forEach(input -> {
            String name = input.getAttribute("name");
            body.add(pair(name, TYPED.getOrDefault(name, input.getAttribute("value"))));
        });
        if (button.get().hasAttribute("name")) {
            body.add(pair(button.get().getAttribute("name"), button.get().getAttribute("value")));
        }
        return HttpRequest.newBuilder(answer.uri().resolve(form.getAttribute("action")))
            .header("content-type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(body.toString()));
    }

    private static boolean isSent(Element input) {
        return !input.getAttribute("type").equals("checkbox") || input.hasAttribute("checked");
    }

    private static boolean owns(Element form, Element button) {
        for (Node node = button; node != null; node = node.getParentNode()) {
            if (node == form) {
                return true;
            }
        }
        return button.hasAttribute("form") && form.getAttribute("id").equals(button.getAttribute("form"));
    }

    private static String pair(String name, String value) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8) + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    private static Stream<Element> elements(Node root, String name) {
        NodeList found = root instanceof Document page
            ? page.getElementsByTagName(name)
            : ((Element) root).getElementsByTagName(name);
        return IntStream.range(0, found.getLength()).mapToObj(found::item).map(Element.class::cast);
    }
}
