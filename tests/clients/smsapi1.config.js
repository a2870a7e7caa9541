// Where the live suite of smsapi 1.7.1 looks for its server, its token and its login: test/config.dist.js.
module.exports = JSON.parse(process.env.SMSAPI_SUITE);
