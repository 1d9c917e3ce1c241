"""User-Agent strings as they were recorded in public repositories, with the place of each."""

from chalicelib.domain.apps import App

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS"
WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"

# (app, string, where it stands in public)
RECORDED: tuple[tuple[App, str, str], ...] = (
    (
        App.ALIPAY,
        "Mozilla/5.0 (Linux; U; Android 10; zh-CN; H9493 Build/52.1.A.3.49) AppleWebKit/537.36 "
        "(KHTML, like Gecko) Version/4.0 Chrome/69.0.3497.100 UWS/3.21.0.169 Mobile Safari/537.36 "
        "AlipayChannelId/5136 UCBS/3.21.0.169_200731162109 NebulaSDK/1.8.100112 Nebula "
        "AlipayDefined(nt:WIFI,ws:411|0|3.5,ac:sp) AliApp(AP/10.2.0.8026) AlipayClient/10.2.0.8026 "
        "Language/zh-Hans useStatusBar/true isConcaveScreen/false Region/CN NebulaX/1.0.0 "
        "Ariver/1.0.0",
        "github.com/hubvue/tools packages/utils/__mocks__/ua.ts",
    ),
    (
        App.ALIPAY,
        "Mozilla/5.0 (iPhone; CPU iPhone OS 11_2_6 like Mac OS X) AppleWebKit/604.5.6 (KHTML, like "
        "Gecko) Mobile/15D100 ChannelId(27) NebulaSDK/1.8.100112 Nebula PSDType(1) "
        "AlipayDefined(nt:WIFI,ws:414|672|3.0) AliApp(AP/10.1.18.449) AlipayClient/10.1.18.449 "
        "Alipay Language/zh-Hans",
        "github.com/dwdjs/device __tests__/ua.js",
    ),
    (
        App.WECHAT,
        "Mozilla/5.0 (iPhone; CPU iPhone OS 11_2_6 like Mac OS X) AppleWebKit/604.5.6 (KHTML, like "
        "Gecko) Mobile/15D100 MicroMessenger/6.6.5 NetType/WIFI Language/zh_CN",
        "github.com/dwdjs/device __tests__/ua.js",
    ),
    (
        App.WECHAT,
        "Mozilla/5.0 (Linux; Android 7.1.1; MI 6 Build/NMF26X; wv) AppleWebKit/537.36 (KHTML, like "
        "Gecko) Version/4.0 Chrome/57.0.2987.132 MQQBrowser/6.2 TBS/043807 Mobile Safari/537.36 "
        "MicroMessenger/6.6.1.1220(0x26060135) NetType/4G Language/zh_CN miniProgram",
        "github.com/jsonchou/zax-device __mocks__/ua-list.js",
    ),
    (
        App.WECHAT,
        "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/39.0.2171.95 Safari/537.36 MicroMessenger/6.5.2.501 NetType/WIFI WindowsWechat",
        "github.com/jsonchou/zax-device __mocks__/ua-list.js",
    ),
    (
        App.QQ,
        "Mozilla/5.0 (Linux; Android 5.1; OPPO R9tm Build/LMY47I; wv) AppleWebKit/537.36 (KHTML, "
        "like Gecko) Version/4.0 Chrome/53.0.2785.49 Mobile MQQBrowser/6.2 TBS/043128 "
        "Safari/537.36 V1_AND_SQ_7.0.0_676_YYB_D PA QQ/7.0.0.3135 NetType/4G WebP/0.3.0 Pixel/1080",
        "github.com/hubvue/tools packages/utils/__mocks__/ua.ts",
    ),
    (
        App.QQ,
        "Mozilla/5.0 (iPhone; CPU iPhone OS 11_2_6 like Mac OS X) AppleWebKit/604.5.6 (KHTML, like "
        "Gecko) Mobile/15D100 QQ/7.5.5.426 V1_IPH_SQ_7.5.5_1_APP_A Pixel/1080 Core/UIWebView "
        "Device/Apple(iPhone 6sPlus) NetType/WIFI QBWebViewType/1",
        "github.com/dwdjs/device __tests__/ua.js",
    ),
    (
        App.UNIONPAY,
        f"{IPHONE} 17_1_2 like Mac OS X) {WEBKIT} Mobile/15E148/sa-sdk-ios  (com.unionpay.chsp) "
        "(cordova 4.5.4) (updebug 0) (version 939) (UnionPay/1.0 CloudPay) (clientVersion 199) "
        "(language zh_CN) (upApplet single) (walletMode 00)",
        "public code search: `com.unionpay.chsp`",
    ),
    (
        App.UNIONPAY,
        f"{IPHONE} 14_2_1 like Mac OS X) {WEBKIT} Mobile/15E148/CloudMercWebView/UnionPay/1.0 "
        "CCBLoongPay",
        "public code search: `UnionPay/1.0 CCBLoongPay`, a bank's own app",
    ),
    (
        App.BAIDU,
        "Mozilla/5.0 (Linux; Android 9; STK-AL00 Build/HUAWEISTK-AL00; wv) AppleWebKit/537.36 "
        "(KHTML, like Gecko) Version/4.0 Chrome/76.0.3809.89 Mobile Safari/537.36 T7/11.20 "
        "SP-engine/2.16.0 baiduboxapp/11.20.0.14 (Baidu; P1 9) NABar/1.0",
        "public code search: `baiduboxapp/11.20.0.14`",
    ),
    (
        App.MOMO,
        "MoMoPlatform Store/5.10.1.51001 CFNetwork/1.0 Darwin/25.5.0 (iPhone 13 Pro Max iOS/26.5) "
        "AgentID/110335164",
        "public code search: `MoMoPlatform Store/5.10.1`",
    ),
    (
        App.ZALOPAY,
        f"{IPHONE} 17_3_1 like Mac OS X) {WEBKIT} Mobile/15E148 ZaloPayClient/9.4.0 OS/17.3.1 "
        "Platform/ios Secured/true  ZaloPayWebClient/9.4.0",
        "public code search: `ZaloPayWebClient/9.4.0`",
    ),
    (
        App.ZALO,
        f"{IPHONE} 16_0_2 like Mac OS X) {WEBKIT} Mobile/15E148 Zalo iOS/502 ZaloTheme/light "
        "ZaloLanguage/vn",
        "public code search: `ZaloTheme/light`",
    ),
    (
        App.BROWSER,
        f"{IPHONE} 13_1 like Mac OS X) {WEBKIT} Version/13.0.1 Mobile/15E148 Safari/604.1",
        "github.com/jsonchou/zax-device __mocks__/ua-list.js",
    ),
    (
        App.BROWSER,
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/65.0.3325.181 Safari/537.36",
        "github.com/dwdjs/device __tests__/ua.js",
    ),
    # QQ's browser and Alibaba's other apps are neither wallet.
    (
        App.BROWSER,
        "Mozilla/5.0 (Linux; Android 6.0; Nexus 5 Build/MRA58N) AppleWebKit/537.36 (KHTML, like "
        "Gecko) Version/4.0 Chrome/37.0.0.0 MQQBrowser/6.8 Mobile Safari/537.36",
        "public code search: `MQQBrowser/6.8`",
    ),
    (
        App.BROWSER,
        "Mozilla/5.0 (iPhone; CPU iPhone OS 11_2_6 like Mac OS X) AppleWebKit/604.5.6 (KHTML, like "
        "Gecko) Mobile/15D100 AliApp(TB/7.6.0) WindVane/8.4.1 1242x2208",
        "github.com/dwdjs/device __tests__/ua.js",
    ),
)

AGENT_OF = {app: text for app, text, _ in reversed(RECORDED)}
