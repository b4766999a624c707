// Posts the authorization response to the client (OAuth 2.0 Form Post Response Mode). The page works without: its
// button does the same. Called on the prototype, since a field named "submit" would hide the form's own method.
HTMLFormElement.prototype.submit.call(document.getElementById("response"));
