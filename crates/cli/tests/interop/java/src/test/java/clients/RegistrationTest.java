package clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.oauth2.sdk.auth.ClientAuthenticationMethod;
import com.nimbusds.oauth2.sdk.client.ClientDeleteRequest;
import com.nimbusds.oauth2.sdk.client.ClientReadRequest;
import com.nimbusds.oauth2.sdk.client.RegistrationError;
import com.nimbusds.oauth2.sdk.http.HTTPResponse;
import com.nimbusds.openid.connect.sdk.rp.OIDCClientInformation;
import com.nimbusds.openid.connect.sdk.rp.OIDCClientInformationResponse;
import com.nimbusds.openid.connect.sdk.rp.OIDCClientMetadata;
import com.nimbusds.openid.connect.sdk.rp.OIDCClientRegistrationResponseParser;
import com.nimbusds.openid.connect.sdk.rp.OIDCClientUpdateRequest;
import java.net.URI;
import org.junit.jupiter.api.Test;

/** A client that reads, changes and removes its own registration by the SDK (RFC 7592). */
class RegistrationTest extends OnSystem {
    private static RelyingParty client() throws Exception {
        var method = ClientAuthenticationMethod.CLIENT_SECRET_BASIC;
        return RelyingParty.register(system, method, new JWKSet(), wanted -> wanted.setDefaultMaxAge(3600));
    }

    private static HTTPResponse read(OIDCClientInformation client) throws Exception {
        return new ClientReadRequest(client.getRegistrationURI(), client.getRegistrationAccessToken()).toHTTPRequest()
            .send();
    }

    private static HTTPResponse update(OIDCClientInformation client, OIDCClientMetadata wanted) throws Exception {
        var token = client.getRegistrationAccessToken();
        return new OIDCClientUpdateRequest(
            client.getRegistrationURI(), client.getID(), token, wanted, client.getSecret()).toHTTPRequest().send();
    }

    private static OIDCClientInformation told(HTTPResponse answer) throws Exception {
        var said = OIDCClientRegistrationResponseParser.parse(answer);
        assertTrue(said.indicatesSuccess(), answer.getStatusCode() + ": " + answer.getBody());
        return ((OIDCClientInformationResponse) said).getOIDCClientInformation();
    }

    @Test
    void aClientReadsWhatItIsAndChangesIt() throws Exception {
        RelyingParty party = client();
        OIDCClientInformation now = told(read(party.client));
        assertEquals(party.client.getID(), now.getID());
        assertEquals(party.client.getOIDCMetadata().toJSONObject(), now.getOIDCMetadata().toJSONObject());

        OIDCClientMetadata wanted = new OIDCClientMetadata(now.getOIDCMetadata());
        wanted.setName("Another name");
        wanted.setPolicyURI(URI.create("https://client.example/policy"));
        OIDCClientInformation changed = told(update(now, wanted));
        assertEquals("Another name", changed.getOIDCMetadata().getName());
        assertEquals(3600, changed.getOIDCMetadata().getDefaultMaxAge());
        assertEquals("Another name", told(read(changed)).getOIDCMetadata().getName());
        // The secret from the registration is good as before.
        assertFalse(party.logIn(new Browser(), request -> {}).claims().getSubject().getValue().isEmpty());
    }

    @Test
    void aChangeThatMayNotBeIsRefusedAndChangesNothing() throws Exception {
        RelyingParty party = client();
        OIDCClientMetadata wanted = new OIDCClientMetadata(party.client.getOIDCMetadata());
        wanted.setRedirectionURI(URI.create("http://attacker.example/callback"));
        var refused = OIDCClientRegistrationResponseParser.parse(update(party.client, wanted));
        assertEquals(RegistrationError.INVALID_REDIRECT_URI, refused.toErrorResponse().getErrorObject());
        var now = told(read(party.client));
        assertEquals(RelyingParty.REDIRECT_URI, now.getOIDCMetadata().getRedirectionURI());
    }

    @Test
    void aClientThatRemovedItselfIsNoMore() throws Exception {
        RelyingParty party = client();
        var token = party.client.getRegistrationAccessToken();
        var remove = new ClientDeleteRequest(party.client.getRegistrationURI(), token);
        assertEquals(204, remove.toHTTPRequest().send().getStatusCode());
        assertEquals(401, read(party.client).getStatusCode());
    }
}
