// In the demo, a click on a person fills in the form.
document.querySelectorAll("[data-fill-email]").forEach((row) => {
  "use strict";
  const email = row.querySelector("code");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "link-button";
  button.textContent = email.textContent;
  button.addEventListener("click", () => {
    document.querySelector("[name=login]").value = row.dataset.fillEmail;
    const password = document.querySelector("[name=password]");
    password.value = row.dataset.fillPassword;
    password.form.querySelector("[type=submit]").focus();
  });
  email.replaceWith(button);
});
