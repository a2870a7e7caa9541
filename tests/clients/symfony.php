<?php
// Symfony's notifier, unmodified: sends one SMS, and prints its id or why there is none, as JSON.

[, $root, $authority, $dsn, $to, $text] = $argv;

require "$root/usr/share/php/Symfony/Component/Notifier/Bridge/Smsapi/autoload.php";

use Symfony\Component\HttpClient\NativeHttpClient;
use Symfony\Component\Notifier\Bridge\Smsapi\SmsapiTransportFactory;
use Symfony\Component\Notifier\Exception\TransportException;
use Symfony\Component\Notifier\Message\SmsMessage;
use Symfony\Component\Notifier\Transport\Dsn;

$factory = new SmsapiTransportFactory(null, new NativeHttpClient(['cafile' => $authority]));
try {
    $sent = $factory->create(new Dsn($dsn))->send(new SmsMessage($to, $text));
    echo json_encode(['id' => $sent->getMessageId()]);
} catch (TransportException $refused) {
    echo json_encode(['refused' => $refused->getMessage()]);
}
